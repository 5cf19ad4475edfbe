import type { Multipart } from "../../src/zmtp/bytes.js"
import type { Engine, EngineOptions } from "../../src/zmtp/engine.js"
import { zmtp } from "../../src/zmtp/over-bytes.js"
import type { SocketTypeName } from "../../src/zmtp/socket-types.js"
import { ZmtpEngine } from "../../src/zmtp/zmtp-engine.js"
import { INSECURE } from "./insecure.js"

export function createEngine(socketType: SocketTypeName, options: Partial<EngineOptions> = {}): ZmtpEngine {
  const engine = new ZmtpEngine(
    {
      socketType,
      routingId: Buffer.alloc(0),
      maxMessageSize: -1,
      maxMultipartSize: -1,
      security: INSECURE,
      ...options,
    },
    zmtp,
  )
  engine.start()
  return engine
}

/** Passes the data of a peer to `engine`, one chunk at a time, and returns the received messages. */
export function converse(engine: Engine, chunks: readonly Uint8Array[]): Multipart[] {
  const messages: Multipart[] = []
  for (const chunk of chunks) {
    engine.push(chunk)
    if (engine.state !== "traffic" && !engine.handshake()) continue
    for (let message = engine.read(); message !== undefined; message = engine.read()) messages.push(message)
  }
  return messages
}
