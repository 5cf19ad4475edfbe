import { expect } from "chai"
import { subscribe, unsubscribe } from "node:diagnostics_channel"
import { nodeChannels } from "../../../src/platform/node/diagnostics.js"

describe("the diagnostics channels of Node", () => {
  for (const name of ["connect", "handshake", "disconnect", "send", "receive", "drop"] as const) {
    it(`publish to subscribers of zmtp:${name}`, () => {
      const channel = nodeChannels[name]
      const before = channel.hasSubscribers
      const reports: unknown[] = []
      const listener = (report: unknown): void => {
        reports.push(report)
      }
      subscribe(`zmtp:${name}`, listener)
      expect(channel.hasSubscribers).to.equal(true)
      channel.publish("report")
      unsubscribe(`zmtp:${name}`, listener)
      expect([reports, channel.hasSubscribers]).to.deep.equal([["report"], before])
    })
  }

  it("have the names that diagnostics are published under, and no others", () => {
    expect(Object.keys(nodeChannels)).to.have.members(["connect", "handshake", "disconnect", "send", "receive", "drop"])
  })
})
