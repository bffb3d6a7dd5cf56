// Runs LangGraph's own validation of checkpointers.
import { deltaChannelHistoryTests, validate } from '@langchain/langgraph-checkpoint-validation';
import { SpectraSaver } from 'spectradb/langgraph';

const initializer = {
  checkpointerName: 'SpectraSaver',
  createCheckpointer: () => new SpectraSaver(),
  destroyCheckpointer: (checkpointer) => checkpointer.end(),
};
validate(initializer);
deltaChannelHistoryTests(initializer);
