import { expect } from "chai"
import {
  decodeDatagram,
  encodeDatagram,
  MAX_DATAGRAM,
  parseDatagramAddress,
} from "../../../src/zmtp/frames/datagram.js"
import { hex } from "../../support/cuts.js"
import { message, text } from "../../support/messages.js"

/** Datagrams that libzmq's RADIO sends. */
const VECTORS = [
  ["TV", "Friends", hex("02 5456 467269656e6473")],
  ["TV", "", hex("02 5456")],
  ["", "no group", hex("00 6e6f2067726f7570")],
] as const

describe("datagrams of RADIO", () => {
  it("consist of the group's length, the group, and the body, as in libzmq", () => {
    for (const [group, body, datagram] of VECTORS) {
      expect(encodeDatagram(message(group, body))).to.deep.equal(datagram)
      expect(text(decodeDatagram(datagram))).to.deep.equal([group, body])
    }
  })

  it("can have a group of 255 bytes", () => {
    const [group, body] = ["g".repeat(255), "body"]
    expect(text(decodeDatagram(encodeDatagram(message(group, body))!))).to.deep.equal([group, body])
  })

  it("are dropped if they are truncated", () => {
    for (const datagram of [hex("03 5456"), hex("ff"), hex("")]) {
      expect(decodeDatagram(datagram), datagram.toString("hex")).to.equal(undefined)
    }
  })

  it(`are not created above ${MAX_DATAGRAM} bytes`, () => {
    expect(encodeDatagram(message("g", "x".repeat(MAX_DATAGRAM - 2)))).to.have.length(MAX_DATAGRAM)
    expect(encodeDatagram(message("g", "x".repeat(MAX_DATAGRAM - 1)))).to.equal(undefined)
  })
})

describe("addresses of datagrams", () => {
  it("consist of a host and a port, with brackets around IPv6", () => {
    for (const [frame, host, port] of [
      ["127.0.0.1:5555", "127.0.0.1", 5555],
      ["[::1]:1", "::1", 1],
      ["localhost:65535", "localhost", 65_535],
    ] as const) {
      expect(parseDatagramAddress(Buffer.from(frame))).to.deep.equal({ host, port })
    }
  })

  it("can end with a zero byte, as libzmq's do", () => {
    expect(parseDatagramAddress(Buffer.from("127.0.0.1:5\0"))).to.deep.equal({ host: "127.0.0.1", port: 5 })
  })

  it("are rejected without a host, or a port from 1 to 65535", () => {
    for (const frame of ["", "x", ":5", "x:", "x:0", "x:65536", "::1:5", "a b:5", "x:5\0\0", "x\0:5", "[]:5"]) {
      expect(parseDatagramAddress(Buffer.from(frame)), frame).to.equal(undefined)
    }
  })
})
