import { expect } from "chai"
import fc from "fast-check"
import { parseLineWord, parseNote, type Note } from "../../../src/transports/threads/thread-note.js"
import { newSharedPipe } from "../../../src/transports/threads/shared-pipe.js"

const shared = newSharedPipe()
const memory = new SharedArrayBuffer(3)
const self = { socketType: "PUSH", routingId: Uint8Array.of(1, 2) }

const NOTES: readonly Note[] = [
  { kind: "bound", address: "name" },
  { kind: "gone", threads: [] },
  { kind: "gone", threads: [1, 2] },
  { kind: "connect", to: 1, from: 2, pipe: "2.0", address: "name", self, shared, pieces: [] },
  { kind: "connect", to: 1, from: 2, pipe: "2.0", address: "", self, shared, pieces: [[1, memory]] },
  { kind: "refused", to: 1, from: 0, pipe: "1.5" },
  { kind: "piece", to: 1, pipe: "2.0", piece: [7, memory] },
]

const WRONG: readonly unknown[] = [
  ...[undefined, null, NaN, -1, 0.5, 2 ** 53, 1n, "", "text", true, [], {}, [undefined], [null], new Date(0), /x/],
  ...[new ArrayBuffer(8), new SharedArrayBuffer(8), new Uint8Array(4), new Uint8Array(new SharedArrayBuffer(4))],
  ...[new Array(3), { length: 2, 0: 1, 1: memory }, new Map(), new Error("x"), [0, memory], [1, memory, 2]],
]

describe("messages between threads", () => {
  for (const note of NOTES) {
    it(`are accepted if valid: ${note.kind}`, () => {
      expect(parseNote(structuredClone(note))).to.deep.equal(note)
      expect(parseNote({ ...note, more: 1 })).to.deep.equal(note)
    })

    it(`are not accepted with an invalid or missing part: ${note.kind}`, () => {
      for (const part of Object.keys(note)) {
        const rest = Object.fromEntries(Object.entries(note).filter(([name]) => name !== part))
        expect(parseNote(rest), part).to.equal(undefined)
        for (const wrong of WRONG) {
          const taken = parseNote({ ...note, [part]: wrong })
          // A wrong value may happen to be valid for this part.
          if (taken !== undefined) expect(taken).to.deep.equal({ ...note, [part]: wrong })
        }
      }
    })
  }

  it("are not accepted if malformed", () => {
    for (const wrong of [...WRONG, { kind: "bound" }, { kind: "else", to: 1, from: 1, pipe: "" }]) {
      expect(parseNote(wrong)).to.equal(undefined)
    }
  })

  it("are not accepted with an invalid pipe", () => {
    const note = NOTES[3] as Extract<Note, { kind: "connect" }>
    const { words, queues } = shared
    const small = new SharedArrayBuffer(128)
    for (const wrong of [
      { words: small, queues },
      { words: new ArrayBuffer(words.byteLength), queues },
      { words, queues: [queues[0]] },
      { words, queues: [...queues, queues[0]] },
      { words, queues: [queues[0], small] },
      { words, queues: [new SharedArrayBuffer(queues[0].byteLength + 1), queues[1]] },
      { words, queues: [new SharedArrayBuffer(256 + 8192), queues[1]] },
      { words, queues: { 0: queues[0], 1: queues[1], length: 2 } },
    ]) {
      expect(parseNote({ ...note, shared: wrong })).to.equal(undefined)
    }
  })

  it("do not throw, whatever they contain", () => {
    const anything = fc.anything({ withBigInt: true, withMap: true, withSparseArray: true, withTypedArray: true })
    fc.assert(
      fc.property(
        fc.constantFrom("bound", "gone", "connect", "refused", "piece"),
        fc.object(),
        anything,
        (kind, rest, value) => {
          parseNote({ ...rest, kind, to: 1, from: 1, pipe: "1.0", [Object.keys(rest)[0] ?? "self"]: value })
          parseNote(value)
          parseLineWord(value)
        },
      ),
    )
  })
})

describe("messages on the channel of a pipe", () => {
  it("are accepted if they are a notification, memory, or a peer", () => {
    for (const word of [0, [1, memory], self]) expect(parseLineWord(structuredClone(word))).to.deep.equal(word)
  })

  it("are not accepted otherwise", () => {
    for (const wrong of WRONG) expect(parseLineWord(wrong)).to.equal(undefined)
    for (const routingId of [undefined, "id", [1], Buffer.alloc(256), new Uint8Array(new SharedArrayBuffer(2))]) {
      expect(parseLineWord({ ...self, routingId })).to.equal(undefined)
    }
    expect(parseLineWord({ ...self, socketType: "x".repeat(2000) })).to.equal(undefined)
  })
})
