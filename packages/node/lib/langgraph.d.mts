import { BaseCheckpointSaver, BaseStore } from '@langchain/langgraph-checkpoint';
import type {
  Checkpoint,
  CheckpointListOptions,
  CheckpointMetadata,
  CheckpointTuple,
  IndexConfig,
  Operation,
  OperationResults,
  PendingWrite,
  SerializerProtocol,
} from '@langchain/langgraph-checkpoint';

import type { Database, OpenOptions, Time } from './index.js';

/** A checkpointer that stores lists element by element, so that a step writes only what it adds. */
export class SpectraSaver extends BaseCheckpointSaver {
  constructor(source?: string | Database, options?: OpenOptions & { serde?: SerializerProtocol });
  static fromConnString(path: string, options?: OpenOptions & { serde?: SerializerProtocol }): SpectraSaver;
  readonly db: Database;
  getTuple(config: any): Promise<CheckpointTuple | undefined>;
  list(config: any, options?: CheckpointListOptions): AsyncGenerator<CheckpointTuple>;
  put(config: any, checkpoint: Checkpoint, metadata: CheckpointMetadata, newVersions?: any): Promise<any>;
  putWrites(config: any, writes: PendingWrite[], taskId: string): Promise<void>;
  deleteThread(thread: string): Promise<void>;
  end(): void;
}

/** A store of long-term memory that keeps what every item ever was. */
export class SpectraStore extends BaseStore {
  constructor(source?: string | Database, options?: OpenOptions & { table?: string; index?: IndexConfig });
  readonly db: Database;
  batch<Op extends Operation[]>(operations: Op): Promise<OperationResults<Op>>;
  /** Returns the store as it was; it can be read, and writes fail. */
  asOf(time: Time): SpectraStore;
}
