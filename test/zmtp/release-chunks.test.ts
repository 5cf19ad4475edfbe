import { expect } from "chai"
import { releaseChunks } from "../../src/zmtp/release-chunks.js"

/** For each frame, whether its memory is in `chunk`. */
const places = (frames: Uint8Array[], chunk: Uint8Array): boolean[] =>
  frames.map(({ buffer }) => buffer === chunk.buffer)

describe("releaseChunks", () => {
  const chunk = new Uint8Array(1000).map((_, index) => index % 256)

  it("copies frames that are less than half of their chunk", () => {
    const frames = [chunk.subarray(0, 200), chunk.subarray(300, 300), chunk.subarray(400, 699)]
    const before = frames.map((frame) => [...frame])
    releaseChunks(frames, 0)
    expect(places(frames, chunk)).to.deep.equal([false, false, false])
    expect(frames.map((frame) => [...frame])).to.deep.equal(before)
    expect(frames[0]!.buffer.byteLength).to.equal(499)
  })

  it("does not copy frames that are at least half of it", () => {
    const frames = [chunk.subarray(0, 200), chunk.subarray(400, 700)]
    releaseChunks(frames, 0)
    expect(places(frames, chunk)).to.deep.equal([true, true])
  })

  it("does not copy those before `from`", () => {
    const frames = [chunk.subarray(0, 1), chunk.subarray(1, 2)]
    releaseChunks(frames, 1)
    expect(places(frames, chunk)).to.deep.equal([true, false])
  })

  it("counts each chunk", () => {
    const other = new Uint8Array(1000)
    const frames = [chunk.subarray(0, 500), other.subarray(0, 1)]
    releaseChunks(frames, 0)
    expect([...places(frames, chunk), ...places(frames, other)]).to.deep.equal([false, false, false, false])
  })
})
