import type { ByteStream } from "../../src/core/connection/byte-stream.js"
import { nodePlatform } from "../../src/platform/node/index.js"
import { nodeFeatures } from "../../src/transports/authentication/node-features.js"
import { StreamTransport, type StreamDriver } from "../../src/transports/stream/stream-transport.js"
import { overBytes } from "../../src/zmtp/over-bytes.js"
import { Loopback } from "./loopback.js"

type Accept = (stream: ByteStream) => void

/** A transport for `loop://` endpoints whose connections the test creates and controls. */
export class LoopTransport {
  readonly #accepting = new Map<string, Accept>()
  /** Connections that sockets have opened, the newest one last. */
  readonly dialed: Loopback[] = []
  readonly #transport: StreamTransport

  constructor() {
    const driver: StreamDriver = {
      delays: false,
      listen: (address, _options, accepted) => Promise.resolve(this.#listen(address, accepted)),
      listenSync: (address, _options, accepted) => this.#listen(address, accepted),
      check: () => undefined,
      dial: (_address, _options, connected) => {
        const stream = new Loopback()
        this.dialed.push(stream)
        queueMicrotask(() => {
          connected(stream)
        })
        return { cancel: () => undefined }
      },
    }
    this.#transport = new StreamTransport("loop", driver, nodeFeatures)
    nodePlatform.transports.set("loop", this.#transport)
  }

  /** Removes the transport, unless another one has replaced it. */
  close(): void {
    const { transports } = nodePlatform
    if (transports.get("loop") === this.#transport) transports.delete("loop")
  }

  /** Opens a connection to the socket that is bound to `loop://address`. */
  join(address: string, protocol = overBytes): Loopback {
    const stream = new Loopback()
    stream.protocol = protocol
    this.#accepting.get(address)!(stream)
    return stream
  }

  #listen(address: string, accepted: Accept): { endpoint: string; close: () => Promise<void> } {
    this.#accepting.set(address, accepted)
    return { endpoint: `loop://${address}`, close: () => Promise.resolve() }
  }
}
