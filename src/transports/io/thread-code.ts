import type { MessagePort, Worker } from "node:worker_threads"

/** What an I/O thread is started with. */
export interface ThreadData {
  readonly port: MessagePort
  /** Its number within the context. */
  readonly number: number
  /** Memory of the `ContextBoard`. */
  readonly board: SharedArrayBuffer
  /** Whether the context shares its `inproc://` names with other threads, where a ZAP handler may be bound. */
  readonly sharesNames: boolean
}

/** Starts a thread with the code of I/O threads, or loads that code first. @throws ZmqError ENOTSUP where that code cannot be found. */
export type ThreadCode = (data: ThreadData) => Worker | Promise<Worker>
