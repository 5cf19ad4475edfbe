import { expect } from "chai"
import { once } from "node:events"
import { MessageChannel, type MessagePort } from "node:worker_threads"
import { nodeScheduler } from "../../../src/platform/node/scheduler.js"
import { NotePort } from "../../../src/transports/io/note-port.js"
import { closing } from "../../support/closing.js"
import { settle } from "../../support/settle.js"

interface Batch {
  readonly notes: readonly string[]
  readonly bells: readonly number[]
}

describe("NotePort", () => {
  const open = closing()

  function portPair(): [NotePort<string, string>, MessagePort] {
    const { port1, port2 } = new MessageChannel()
    open(port1)
    return [new NotePort(port1, nodeScheduler), port2]
  }

  /** The next `count` messages that arrive at `port`. */
  async function messages(port: MessagePort, count: number): Promise<Batch[]> {
    const found: Batch[] = []
    port.on("message", (batch: Batch) => found.push(batch))
    while (found.length < count) await once(port, "message")
    return found
  }

  /** Records what a port receives. */
  function record(port: NotePort<string, string>): { heard: string[]; first: Promise<void> } {
    const heard: string[] = []
    const first = new Promise<void>((resolve) => {
      port.start({
        hear: (note) => {
          heard.push(note)
          resolve()
        },
        wake: (pipe) => heard.push(`wake ${pipe}`),
      })
    })
    return { heard, first }
  }

  it("sends the notes and wake-ups of one turn in one message", async () => {
    const [port, other] = portPair()
    port.post("a")
    port.ring(7)
    port.post("b")
    port.ring(8)
    expect(await messages(other, 1)).to.deep.equal([{ notes: ["a", "b"], bells: [7, 8] }])
  })

  it("transfers memory in the notes, and sends them early when there is much of it", async () => {
    const { port1, port2 } = new MessageChannel()
    open(port1)
    const port = new NotePort<ArrayBuffer, never>(port1, nodeScheduler)
    const memories = Array.from({ length: 5 }, () => new ArrayBuffer(64 * 1024))
    for (const memory of memories) port.post(memory, memory)
    // The last one is not sent until the end of the turn.
    expect(memories.map(({ byteLength }) => byteLength)).to.deep.equal([0, 0, 0, 0, 64 * 1024])
    const batches = (await messages(port2, 2)) as unknown as { readonly notes: readonly ArrayBuffer[] }[]
    const sizes = batches.map(({ notes }) => notes.map(({ byteLength }) => byteLength))
    expect(sizes).to.deep.equal([Array(4).fill(64 * 1024), [64 * 1024]])
    expect(memories[4]!.byteLength).to.equal(0)
  })

  it("sends the first wake-up of a turn immediately, and what follows at its end", async () => {
    const [port, other] = portPair()
    port.ring(7)
    port.ring(8)
    port.post("a")
    expect(await messages(other, 2)).to.deep.equal([
      { notes: [], bells: [7] },
      { notes: ["a"], bells: [8] },
    ])
  })

  it("sends nothing twice, and no empty messages", async () => {
    const [port, other] = portPair()
    port.post("a")
    port.flush()
    port.flush()
    await settle()
    port.post("b")
    expect(await messages(other, 2)).to.deep.equal([
      { notes: ["a"], bells: [] },
      { notes: ["b"], bells: [] },
    ])
  })

  it("handles notes before the wake-ups that came with them", async () => {
    const [port, other] = portPair()
    const { heard, first } = record(port)
    other.postMessage({ notes: ["a", "b"], bells: [1, 2] })
    await first
    expect(heard).to.deep.equal(["a", "b", "wake 1", "wake 2"])
  })

  it("handles wanted notes early, and all others in order in the same turn", async () => {
    const [port, other] = portPair()
    const { heard } = record(port)
    other.postMessage({ notes: ["event 1", "answer", "event 2"], bells: [1] })
    other.postMessage({ notes: ["event 3"], bells: [2] })
    port.takeEarly((note) => note === "answer")
    expect(heard).to.deep.equal(["answer"])
    await settle()
    expect(heard).to.deep.equal(["answer", "event 1", "event 2", "wake 1", "event 3", "wake 2"])
  })
})
