import { expect } from "chai"
import { Socket } from "node:net"
import { NoAnswerError, ProbeConnection } from "../../src/cli/probe-connection.js"
import { caught } from "../support/receiving.js"

describe("a connection of zmtp probe", () => {
  it("is closed if it is not established in time, so that it does not keep the process alive", async () => {
    // Never connects, like a host that drops packets.
    const socket = new Socket()
    const error = await caught(ProbeConnection.open(socket, 1, new AbortController().signal))
    expect(error).to.be.an.instanceOf(NoAnswerError).with.property("message", "no answer within 1 ms")
    expect(socket.destroyed).to.equal(true)
  })
})
