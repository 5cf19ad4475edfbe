/** Speaks ZMTP over any stream of bytes: the stream does the I/O, and the engine implements the protocol. */
export class Conversation {
  stream
  engine
  /** Messages that are sent when the handshake is complete. */
  #early = []

  constructor(stream, engine) {
    this.stream = stream
    this.engine = engine
    engine.start()
    this.#flush()
  }

  send(...frames) {
    if (this.engine.state === "traffic") this.engine.write(frames)
    else this.#early.push(frames)
    this.#flush()
  }

  /** The messages of the peer, until it closes the stream. @throws ProtocolError or RefusedError */
  async *[Symbol.asyncIterator]() {
    const { engine, stream } = this
    try {
      for await (const chunk of stream) {
        engine.push(chunk)
        const ready = engine.state === "traffic" || engine.handshake()
        if (ready) for (const frames of this.#early.splice(0)) engine.write(frames)
        this.#flush()
        if (!ready) continue
        for (let message = engine.read(); message !== undefined; message = engine.read()) yield message
        engine.heartbeats?.answer()
        this.#flush()
      }
    } finally {
      engine.close()
    }
  }

  #flush() {
    for (const piece of this.engine.drain()) this.stream.write(piece)
  }
}
