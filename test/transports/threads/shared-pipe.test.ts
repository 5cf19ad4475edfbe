import { expect } from "chai"
import {
  listens,
  markAt,
  MAILBOX,
  newSharedPipe,
  parseSharedPipe,
  putMark,
  RECEIVE_BYTES,
  RECEIVE_MARK,
  SIDE,
  startListening,
} from "../../../src/transports/threads/shared-pipe.js"
import { MAILBOX_WORDS } from "../../../src/transports/threads/shared-mailbox.js"

describe("the memory of a pipe between threads", () => {
  it("is accepted from another thread if valid", () => {
    const pipe = newSharedPipe()
    expect(parseSharedPipe(structuredClone(pipe))).to.deep.equal(pipe)
  })

  it("is rejected if a part is missing, too small, or not shared", () => {
    const { words, queues } = newSharedPipe()
    for (const wrong of [
      undefined,
      {},
      { words },
      { queues },
      { words, queues: [queues[0]] },
      { words, queues: [...queues, queues[0]] },
      { words: new SharedArrayBuffer(words.byteLength - 4), queues },
      { words: new ArrayBuffer(words.byteLength), queues },
      { words, queues: [queues[0], new SharedArrayBuffer(8)] },
      { words, queues: [queues[0], new ArrayBuffer(queues[1].byteLength)] },
    ]) {
      expect(parseSharedPipe(wrong)).to.equal(undefined)
    }
  })

  it("stores the fields of each side in cache lines of their own", () => {
    const { words } = newSharedPipe()
    expect(words.byteLength).to.equal(2 * SIDE * 4)
    expect((SIDE * 4) % 64).to.equal(0)
    expect(MAILBOX + MAILBOX_WORDS).to.be.at.most(SIDE)
  })

  it("records which side listens", () => {
    const pipe = newSharedPipe()
    expect([listens(pipe, 0), listens(pipe, 1)]).to.deep.equal([false, false])
    startListening(pipe, 1)
    expect([listens(pipe, 0), listens(pipe, 1)]).to.deep.equal([false, true])
  })

  it("stores marks up to the largest safe integer less one, or none", () => {
    const words = new Int32Array(newSharedPipe().words)
    for (const mark of [undefined, 0, 1, 1000, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 2, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 2]) {
      putMark(words, RECEIVE_BYTES, mark)
      expect(markAt(words, RECEIVE_BYTES), String(mark)).to.equal(mark)
      expect(markAt(words, RECEIVE_MARK)).to.equal(undefined)
    }
  })
})
