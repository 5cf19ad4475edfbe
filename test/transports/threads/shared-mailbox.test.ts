import { expect } from "chai"
import { MAILBOX_WORDS, MailboxReader, MailboxWriter } from "../../../src/transports/threads/shared-mailbox.js"

/** Both ends of a mailbox, and the additional memory that was sent along. */
function newMailbox(arrived: (id: number) => boolean = () => true): {
  writer: MailboxWriter
  reader: MailboxReader
  memories: SharedArrayBuffer[]
} {
  const words = new Int32Array(new SharedArrayBuffer(MAILBOX_WORDS * 4))
  const memories: SharedArrayBuffer[] = []
  const send = (memory: SharedArrayBuffer): number => memories.push(memory)
  const take = (id: number): SharedArrayBuffer => memories[id - 1]!
  return {
    writer: new MailboxWriter(words, { send }),
    reader: new MailboxReader(words, { has: arrived, take }),
    memories,
  }
}

describe("a mailbox in shared memory", () => {
  it("is empty at first", () => {
    const { reader } = newMailbox()
    expect([reader.readable, reader.read()]).to.deep.equal([false, undefined])
  })

  it("waits for memory that arrives late, and returns each message at most once", () => {
    const here = new Set<number>()
    const { writer, reader } = newMailbox((id) => here.has(id))
    writer.write([Buffer.from("first")], 1)
    expect([reader.read(), reader.readable, reader.drained]).to.deep.equal([undefined, false, false])
    expect([reader.awaits(1), reader.awaits(2)]).to.deep.equal([true, false])
    writer.write([Buffer.from("second")], 2)
    writer.write([Buffer.from("third")], 3)
    for (const id of [1, 2, 3]) here.add(id)
    expect(reader.readable).to.equal(true)
    expect([reader.read(), reader.read(), reader.read()].map(String)).to.deep.equal(["first", "third", "undefined"])
    expect([reader.readable, reader.drained]).to.deep.equal([false, true])
  })

  it("returns only the newest message, once, with all its frames and its number", () => {
    const { writer, reader } = newMailbox()
    for (const round of [1, 2, 3, 4]) {
      writer.write([Buffer.from("old")], round * 10)
      writer.write([Buffer.from(`new ${round}`), Buffer.alloc(0), Buffer.alloc(round * 2000, round)], round * 10 + 1)
      expect(reader.readable).to.equal(true)
      expect(reader.read()!.map((frame) => Buffer.from(frame))).to.deep.equal([
        Buffer.from(`new ${round}`),
        Buffer.alloc(0),
        Buffer.alloc(round * 2000, round),
      ])
      expect(reader.number).to.equal(round * 10 + 1)
      expect([reader.readable, reader.read()]).to.deep.equal([false, undefined])
    }
  })

  it("does not change received messages when more are written", () => {
    const { writer, reader } = newMailbox()
    writer.write([Buffer.from("first")], 1)
    const [first] = reader.read()!
    for (let number = 2; number < 10; number++) writer.write([Buffer.from("other")], number)
    expect(String(first)).to.equal("first")
  })

  it("takes no more memory, however much is written, if it is never read", () => {
    const { writer, memories } = newMailbox()
    const body = new Uint8Array(60_000)
    for (let number = 0; number < 10_000; number++) writer.write([body], number)
    expect(memories.map(({ byteLength }) => byteLength)).to.deep.equal([65_536, 65_536])
  })
})
