import type { MessagePort, Worker } from "node:worker_threads"

/** The `workerData` of an I/O thread. */
export interface ThreadData {
  readonly port: MessagePort
  /** Its number within the context. */
  readonly number: number
  /** Memory of the `ContextBoard`. */
  readonly board: SharedArrayBuffer
  /** Whether the context shares its `inproc://` names with other threads, where a ZAP handler may be bound. */
  readonly sharesNames: boolean
}

/** Starts an I/O thread. @throws ZmqError ENOTSUP if its code is not found. */
export type ThreadCode = (data: ThreadData) => Worker
