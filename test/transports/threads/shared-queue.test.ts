import { expect } from "chai"
import {
  newQueueMemory,
  OWN_MEMORY,
  QueueReader,
  QueueWriter,
  TRANSFERRED,
} from "../../../src/transports/threads/shared-queue.js"

/** Both ends of a queue, and the additional memory that was sent along. */
function newQueue({ largestRecord, lends }: { largestRecord?: number; lends?: boolean } = {}): {
  writer: QueueWriter
  reader: QueueReader
  memories: Set<SharedArrayBuffer>
} {
  const memories = new Set<SharedArrayBuffer>()
  const pieces = new Map<number, SharedArrayBuffer>()
  let last = 0
  const send = (memory: SharedArrayBuffer): number => {
    memories.add(memory)
    pieces.set(++last, memory)
    return last
  }
  const take = (id: number): SharedArrayBuffer => {
    const memory = pieces.get(id)!
    pieces.delete(id)
    return memory
  }
  const first = newQueueMemory()
  return {
    writer: new QueueWriter(first, { send }, largestRecord),
    reader: new QueueReader(first, { has: (id) => pieces.has(id), take }, lends),
    memories,
  }
}

describe("a queue in shared memory", () => {
  it("returns frames of every size as they were written, in order", () => {
    const { writer, reader } = newQueue()
    const sizes = [0, 1, 32, 33, 4095, 4096, 4097, 65_535, 65_536, 1_048_576, OWN_MEMORY - 1, OWN_MEMORY, 5]
    for (const size of sizes) writer.write([Buffer.alloc(size, size), Buffer.from("end")])
    for (const size of sizes) {
      const [body, end] = reader.read()!
      expect(Buffer.alloc(size, size).equals(body!)).to.equal(true)
      expect(String(end)).to.equal("end")
    }
    expect([reader.readable, reader.read()]).to.deep.equal([false, undefined])
  })

  for (const [size, backlog, most] of [
    [64 * 1024, 512, 80],
    [1024 * 1024, 100, 70],
  ] as const) {
    it(`reuses its memory, with ${backlog} messages of ${size} bytes waiting`, () => {
      const { writer, reader, memories } = newQueue()
      const body = new Uint8Array(size)
      for (let count = 0; count < backlog; count++) writer.write([body])
      for (let count = 0; count < backlog * 4; count++) {
        writer.write([body])
        expect(reader.read()![0]!.length).to.equal(size)
      }
      expect(memories.size).to.be.within(1, most)
    })
  }

  it("transfers large frames if its sender can, and waits for them", () => {
    const transferred: Uint8Array[] = []
    const arrived = new Map<number, ArrayBuffer>()
    const first = newQueueMemory()
    const writer = new QueueWriter(first, {
      send: () => expect.fail("nothing else leaves the queue"),
      transfer: (frame) => transferred.push(frame),
      ownMemory: TRANSFERRED,
    })
    const reader = new QueueReader(first, { has: (id) => arrived.has(id), take: (id) => arrived.get(id)! })
    const large = Buffer.alloc(TRANSFERRED, 2)
    writer.write([Buffer.from("small"), large, Buffer.from("end")])
    expect(transferred).to.deep.equal([large])
    expect([reader.drained, reader.read(), reader.readable, reader.awaits(1)]).to.deep.equal([
      false,
      undefined,
      false,
      true,
    ])
    const memory = Uint8Array.from(large).buffer
    arrived.set(1, memory)
    expect(reader.readable).to.equal(true)
    const message = reader.read()!
    expect(message[1]!.buffer).to.equal(memory)
    expect(message.map(({ length }) => length)).to.deep.equal([5, TRANSFERRED, 3])
  })

  it("lends large frames, and uses their memory again only after their release", () => {
    const { writer, reader, memories } = newQueue({ lends: true })
    const SIZE = 20_000
    const lent: Buffer[] = []
    // Fills several rings. Small messages in between are copied, but their space is freed only after that of the
    // messages before them.
    const read = (number: number): void => {
      writer.write([Buffer.alloc(SIZE, number)])
      writer.write([Buffer.from(`small ${number}`)])
      lent.push(reader.read()![0] as Buffer)
      expect(String(reader.read())).to.equal(`small ${number}`)
    }
    for (let number = 0; number < 200; number++) read(number)
    expect([reader.drained, memories.size > 3]).to.deep.equal([true, true])
    expect(lent.every(({ buffer }) => buffer instanceof SharedArrayBuffer)).to.equal(true)
    expect(lent.map((frame, number) => frame.equals(Buffer.alloc(SIZE, number)))).to.deep.equal(lent.map(() => true))
    const allocated = memories.size
    for (let number = 0; number < 2000; number++) {
      reader.release()
      read(number % 256)
    }
    expect(memories.size).to.be.within(allocated, allocated + 1)
  })

  it("returns a message that is too large for one record complete, and those after it", () => {
    const { writer, reader, memories } = newQueue({ largestRecord: 10_000 })
    const frames = Array.from({ length: 11 }, (_, number) => Buffer.alloc(number * 200, number))
    writer.write(frames)
    writer.write([Buffer.from("next")])
    expect(reader.read()!.map((frame, number) => frames[number]!.equals(frame))).to.deep.equal(frames.map(() => true))
    expect(memories.size).to.equal(10)
    expect(String(reader.read())).to.equal("next")
  })

  it("returns copies of frames without memory of their own, because the writer reuses its memory", () => {
    const { writer, reader } = newQueue()
    writer.write([Buffer.alloc(OWN_MEMORY - 1)])
    expect(reader.read()![0]!.buffer).to.be.instanceOf(ArrayBuffer)
  })
})
