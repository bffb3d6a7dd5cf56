// Has what plugs into LangGraph: a checkpointer and a store.
export { SpectraSaver } from './langgraph_saver.mjs';
export { SpectraStore } from './langgraph_store.mjs';
