import { context } from "../index.js"

/** The context of all sockets of this API. */
// eslint-disable-next-line @typescript-eslint/no-extraneous-class -- Programs call `Context.setMaxSockets`.
export class Context {
  constructor() {
    throw new Error("Context cannot be instantiated in compatibility mode")
  }

  static setMaxThreads(value: number): void {
    context.ioThreads = value
  }

  static getMaxThreads(): number {
    return context.ioThreads
  }

  static setMaxSockets(value: number): void {
    context.maxSockets = value
  }

  static getMaxSockets(): number {
    return context.maxSockets
  }
}
