import type { Duplex } from "node:stream"
import type { Engine } from "../../src/protocol.js"

/** The class of `examples/any-stream`, a JavaScript program, that connects a stream and an engine. */
export interface Conversation {
  send(...frames: Uint8Array[]): void
  [Symbol.asyncIterator](): AsyncIterator<Uint8Array[]>
}

const module = new URL("../../examples/any-stream/conversation.js", import.meta.url).href

export const { Conversation } = (await import(module)) as {
  Conversation: new (stream: Duplex, engine: Engine) => Conversation
}
