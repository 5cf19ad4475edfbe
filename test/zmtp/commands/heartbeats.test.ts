import { expect } from "chai"
import { HeartbeatCommands } from "../../../src/zmtp/commands/heartbeats.js"
import { hex } from "../../support/cuts.js"

function create(allowed = true) {
  const sent: string[] = []
  const commands = new HeartbeatCommands((command) => sent.push(Buffer.from(command).toString("hex")), allowed)
  return { commands, sent }
}

const PING = "0450494e47"
const PONG = "04504f4e47"

describe('HeartbeatCommands (RFC 37, "Connection Heartbeating")', () => {
  it("send the time to live in tenths of a second, limited to what libzmq supports", () => {
    const { commands, sent } = create()
    for (const timeToLive of [0, 99, 1000, 1e9]) commands.ping(timeToLive)
    expect(sent).to.deep.equal([`${PING}0000`, `${PING}0000`, `${PING}000a`, `${PING}028f`])
  })

  it("answer a PING with its context, up to 16 bytes", () => {
    const { commands, sent } = create()
    commands.received(hex(`${PING} 0000 ${"ab".repeat(20)}`))
    expect(commands.answerDue).to.equal(true)
    commands.answer()
    commands.answer()
    expect(sent).to.deep.equal([PONG + "ab".repeat(16)])
  })

  it("return the time to live of the last PING once, in ms", () => {
    const { commands } = create()
    commands.received(hex(`${PING} 000a`))
    expect([commands.takeTimeToLive(), commands.takeTimeToLive()]).to.deep.equal([1000, 0])
  })

  it("ignore a PING without a time to live, and other commands", () => {
    const { commands } = create()
    commands.received(hex(`${PING} 00`))
    commands.received(hex("04 4a4f494e"))
    expect([commands.answerDue, commands.supported]).to.deep.equal([false, false])
  })

  it("are supported by a peer that announces or sends them, if this side may send them", () => {
    const outcomes = [true, false].map((allowed) => {
      const { commands } = create(allowed)
      commands.received(hex(PONG))
      return commands.supported
    })
    expect(outcomes).to.deep.equal([true, false])
  })
})
