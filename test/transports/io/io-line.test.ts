import { expect } from "chai"
import { IoLine, type LineEvents, type LinePort } from "../../../src/transports/io/io-line.js"
import type { PipeNote } from "../../../src/transports/io/io-note.js"
import { FrameDecoder } from "../../../src/zmtp/frames/frame-decoder.js"
import type { ThreadPipe } from "../../../src/transports/threads/thread-pipe.js"

/** A line that records its calls. */
function line(events: Partial<LineEvents> = {}, ownsFrames = false): { line: IoLine; calls: unknown[] } {
  const calls: unknown[] = []
  const port: LinePort = {
    post: (note: PipeNote, memory?: ArrayBuffer) => calls.push(memory === undefined ? note : [note, memory]),
    ring: (pipe) => calls.push(`ring ${pipe}`),
    flush: () => calls.push("flush"),
  }
  const line = new IoLine(4, port, { closed: () => calls.push("closed"), ...events }, ownsFrames)
  line.pipe = { arrived: (id: number) => calls.push(`arrived ${id}`) } as unknown as ThreadPipe
  return { line, calls }
}

describe("IoLine", () => {
  it("sends memory immediately, each piece with the next number", () => {
    const { line: sender, calls } = line()
    const [one, two] = [new SharedArrayBuffer(1), new SharedArrayBuffer(2)]
    expect([sender.send(one), sender.send(two)]).to.deep.equal([1, 2])
    expect(calls).to.deep.equal([
      { kind: "piece", pipe: 4, piece: [1, one] },
      "flush",
      { kind: "piece", pipe: 4, piece: [2, two] },
      "flush",
    ])
  })

  it("transfers the memory of a frame only if it owns the frame and nothing else is in that memory", () => {
    const { line: owner, calls } = line({}, true)
    const whole = Buffer.from(new Uint8Array([1, 2, 3]).buffer)
    const part = Buffer.from(new Uint8Array([1, 2, 3]).buffer, 1)
    expect([owner.transfer(whole), owner.transfer(part)]).to.deep.equal([1, 2])
    const [[, moved], [, copied]] = calls as [[PipeNote, ArrayBuffer], [PipeNote, ArrayBuffer]]
    expect(moved).to.equal(whole.buffer)
    expect([...new Uint8Array(copied)]).to.deep.equal([2, 3])
    expect(copied).not.to.equal(part.buffer)
  })

  it("transfers a large body that was received in place without copying it", () => {
    const { line: owner, calls } = line({}, true)
    const decoder = new FrameDecoder()
    const header = Buffer.from("020000000000010000", "hex")
    // From the second body on, the memory is allocated in advance.
    for (const index of [0, 1]) {
      decoder.push(header)
      expect(decoder.next()).to.equal(false)
      for (let done = false, left = 0x10000; !done; done = decoder.next()) {
        const room = decoder.requestRoom()!
        const chunk = room.subarray(0, Math.min(room.length, left))
        left -= chunk.length
        decoder.push(chunk)
      }
      owner.transfer(decoder.body)
      const [, moved] = calls[index] as [PipeNote, ArrayBuffer]
      expect(moved).to.equal(decoder.body.buffer)
      expect(moved.byteLength).to.equal(0x10000)
    }
  })

  it("transfers a copy of a frame of the application, in the same note as other notes", () => {
    const { line: user, calls } = line()
    const frame = Buffer.from(new Uint8Array([1, 2, 3]).buffer)
    expect(user.transfer(frame)).to.equal(1)
    const [[note, memory]] = calls as [[PipeNote, ArrayBuffer]]
    expect(memory).not.to.equal(frame.buffer)
    expect([...new Uint8Array(memory)]).to.deep.equal([1, 2, 3])
    expect(note).to.deep.equal({ kind: "piece", pipe: 4, piece: [1, memory] })
  })

  it("stores memory that arrives until the queue takes it, and notifies the pipe", () => {
    const { line: receiver, calls } = line()
    const memory = new SharedArrayBuffer(8)
    expect(receiver.has(9)).to.equal(false)
    receiver.arrived([9, memory])
    expect(calls).to.deep.equal(["arrived 9"])
    expect(receiver.has(9)).to.equal(true)
    expect(receiver.take(9)).to.equal(memory)
    expect(receiver.has(9)).to.equal(false)
  })

  it("wakes the other end of its own pipe", () => {
    const { line: ringing, calls } = line()
    ringing.ring()
    expect(calls).to.deep.equal(["ring 4"])
  })

  it("passes on only the events that its side has", () => {
    const reason = new Error("expelled")
    const peer = { socketType: "PULL", routingId: Buffer.alloc(0) }
    const all = (end: IoLine): void => {
      end.introduce(peer)
      end.withdraw()
      end.discard(3)
      end.expel(reason)
      end.close()
    }
    const heard: unknown[] = []
    all(
      line({
        introduce: (who) => heard.push(who),
        withdraw: () => heard.push("withdraw"),
        discard: (count) => heard.push(count),
        expel: (error) => heard.push(error),
        closed: () => heard.push("closed"),
      }).line,
    )
    expect(heard).to.deep.equal([peer, "withdraw", 3, reason, "closed"])
    const { line: without, calls } = line()
    all(without)
    expect(calls).to.deep.equal(["closed"])
  })
})
