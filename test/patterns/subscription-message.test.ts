import { expect } from "chai"
import { isSubscription, splitSubscriptions } from "../../src/patterns/subscription-message.js"
import { message, text } from "../support/messages.js"

describe("subscription messages", () => {
  it("begin with 0x01 or 0x00", () => {
    const frames = message("\x01topic", "\x00topic", "\x01", "\x02topic", "topic", "")
    expect(frames.map(isSubscription)).to.deep.equal([true, true, true, false, false, false])
  })

  it("are separated from the other frames of a message, in order", () => {
    const { subscriptions, rest } = splitSubscriptions(message("\x01a", "body", "\x00b", ""))
    expect([text(subscriptions), text(rest)]).to.deep.equal([
      ["\x01a", "\x00b"],
      ["body", ""],
    ])
  })
})
