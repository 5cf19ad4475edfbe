import { expect } from "chai"
import { isCount, isShared, listOf, parseBytes, parsePeer, allDefined } from "../../../src/transports/inproc/parse.js"

describe("values from another thread or realm", () => {
  it("are counts if they are safe integers of at least 0", () => {
    const values = [0, 7, 2 ** 53 - 1, -1, 0.5, 2 ** 53, NaN, "1", null]
    expect(values.map(isCount)).to.deep.equal([true, true, true, false, false, false, false, false, false])
  })

  it("are lists if every item can be parsed, and there are not too many", () => {
    const parse = (item: unknown): number | undefined => (typeof item === "number" ? item : undefined)
    expect(listOf([1, 2], parse)).to.deep.equal([1, 2])
    for (const value of [[1, "2"], [1, , 2], { 0: 1, length: 1 }, undefined]) {
      expect(listOf(value, parse)).to.equal(undefined)
    }
    expect([listOf([1, 2], parse, 2), listOf([1, 2, 3], parse, 2)]).to.deep.equal([[1, 2], undefined])
  })

  it("are complete if no part is missing", () => {
    expect([allDefined([1, "a"]), allDefined([1, undefined])]).to.deep.equal([[1, "a"], undefined])
  })

  it("are bytes unless their memory is shared", () => {
    const bytes = Uint8Array.of(1)
    expect(parseBytes(bytes)).to.equal(bytes)
    for (const value of [new Uint8Array(new SharedArrayBuffer(1)), new Uint16Array(1), [1], "1"]) {
      expect(parseBytes(value)).to.equal(undefined)
    }
  })

  it("are peers if they have a socket type and a routing id of a valid length", () => {
    const peer = { socketType: "DEALER", routingId: Uint8Array.of(1) }
    expect(parsePeer({ ...peer, more: "ignored" })).to.deep.equal(peer)
    const longest = { socketType: "x".repeat(1024), routingId: new Uint8Array(255) }
    expect(parsePeer(longest)).to.deep.equal(longest)
    for (const value of [
      undefined,
      { ...peer, socketType: 5 },
      { ...peer, socketType: "x".repeat(1025) },
      { ...peer, routingId: new Uint8Array(256) },
    ]) {
      expect(parsePeer(value)).to.equal(undefined)
    }
  })

  it("are shared memory of the expected size", () => {
    const memory = new SharedArrayBuffer(8)
    expect([isShared(memory), isShared(memory, 8), isShared(memory, 4), isShared(new ArrayBuffer(8))]).to.deep.equal([
      true,
      true,
      false,
      false,
    ])
  })
})
