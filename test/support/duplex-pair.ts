import { Duplex } from "node:stream"

/** Two connected streams of Node: each reads what the other one writes. */
export function duplexPair(): [Duplex, Duplex] {
  const ends: Duplex[] = []
  /** Completes the pending write of an end when the other end reads again. */
  const wake: ((() => void) | undefined)[] = []
  for (const [index, other] of [
    [0, 1],
    [1, 0],
  ] as const) {
    ends[index] = new Duplex({
      read: () => {
        const resume = wake[other]
        wake[other] = undefined
        resume?.()
      },
      write: (chunk: Uint8Array, _encoding, done) => {
        // Without a copy, as streams within a process pass on memory.
        if (ends[other]!.push(chunk)) done()
        else wake[index] = done
      },
      final: (done) => {
        ends[other]!.push(null)
        done()
      },
      destroy: (error, done) => {
        // As when a connection is lost.
        setImmediate(() => ends[other]!.destroy())
        done(error)
      },
    })
  }
  return ends as [Duplex, Duplex]
}

/** Two connected Web streams. */
export function webPair(): [WebStreams, WebStreams] {
  const [there, back] = [new TransformStream<Uint8Array, Uint8Array>(), new TransformStream<Uint8Array, Uint8Array>()]
  return [
    { readable: back.readable, writable: there.writable },
    { readable: there.readable, writable: back.writable },
  ]
}

export interface WebStreams {
  readonly readable: ReadableStream<Uint8Array>
  readonly writable: WritableStream<Uint8Array>
}
