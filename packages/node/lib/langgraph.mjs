// What LangGraph plugs in: a checkpointer and a store.
export { SpectraSaver } from './langgraph_saver.mjs';
export { SpectraStore } from './langgraph_store.mjs';
