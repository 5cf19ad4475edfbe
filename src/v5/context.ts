import { context } from "../index.js"

/** The context of all sockets of this API. */
// eslint-disable-next-line @typescript-eslint/no-extraneous-class -- Programs call `Context.setMaxSockets`.
export class Context {
  /** @throws Error Always. */
  constructor() {
    throw new Error("Context cannot be instantiated in compatibility mode")
  }

  /** Sets the number of I/O threads, which has no effect. */
  static setMaxThreads(value: number): void {
    context.ioThreads = value
  }

  /** Returns the number of I/O threads that was set. */
  static getMaxThreads(): number {
    return context.ioThreads
  }

  /** Sets the maximum number of open sockets. */
  static setMaxSockets(value: number): void {
    context.maxSockets = value
  }

  /** Returns the maximum number of open sockets. */
  static getMaxSockets(): number {
    return context.maxSockets
  }
}
