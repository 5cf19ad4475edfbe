import type { Duplex } from "node:stream"
import type { Engine } from "../../src/protocol.js"

/** What `examples/any-stream` joins a stream and an engine with, in JavaScript. */
export interface Conversation {
  send(...frames: Uint8Array[]): void
  [Symbol.asyncIterator](): AsyncIterator<Uint8Array[]>
}

const module = new URL("../../examples/any-stream/conversation.js", import.meta.url).href

export const { Conversation } = (await import(module)) as {
  Conversation: new (stream: Duplex, engine: Engine) => Conversation
}
