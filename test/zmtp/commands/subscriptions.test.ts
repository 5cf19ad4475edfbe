import { expect } from "chai"
import { acceptedCommands, LEGACY_SUBSCRIPTION, sentCommands } from "../../../src/zmtp/commands/subscriptions.js"
import { LegacyFrameDecoder } from "../../../src/zmtp/frames/legacy-frame.js"
import { SOCKET_TYPE_NAMES, type SocketTypeName } from "../../../src/zmtp/socket-types.js"
import { hex } from "../../support/cuts.js"
import { message, text } from "../../support/messages.js"

const typesThat = (fits: (type: SocketTypeName) => boolean): SocketTypeName[] => SOCKET_TYPE_NAMES.filter(fits)

describe("SubscriptionCommands", () => {
  it("are sent by SUB and XSUB to PUB and XPUB", () => {
    expect(typesThat((type) => sentCommands(type)?.subscribe === "SUBSCRIBE")).to.deep.equal(["SUB", "XSUB"])
    expect(typesThat((type) => acceptedCommands(type)?.subscribe === "SUBSCRIBE")).to.deep.equal(["PUB", "XPUB"])
  })

  it("join groups of a RADIO for a DISH", () => {
    expect(typesThat((type) => sentCommands(type)?.subscribe === "JOIN")).to.deep.equal(["DISH"])
    expect(typesThat((type) => acceptedCommands(type)?.subscribe === "JOIN")).to.deep.equal(["RADIO"])
  })

  it("exist since ZMTP 3.1 for topics (RFC 37) and since 3.0 for groups (libzmq)", () => {
    const versions = ["unversioned", "1.0", "2.0", "3.0", "3.1"] as const
    expect(versions.filter((version) => sentCommands("SUB")!.knownTo(version))).to.deep.equal(["3.1"])
    expect(versions.filter((version) => sentCommands("DISH")!.knownTo(version))).to.deep.equal(["3.0", "3.1"])
  })

  it("encode a pattern's messages as RFC 37 specifies, and nothing else", () => {
    const commands = sentCommands("XSUB")!
    expect(commands.encode(message("\x01A"))).to.deep.equal(hex("09 535542534352494245 41"))
    expect(commands.encode(message("\x00A"))).to.deep.equal(hex("06 43414e43454c 41"))
    expect([commands.encode(message("\x02A")), commands.encode(message("\x01A", "x"))]).to.deep.equal([
      undefined,
      undefined,
    ])
    expect(commands.encode(message(""))).to.equal(undefined)
  })

  it("decode to a pattern's messages", () => {
    const commands = acceptedCommands("XPUB")!
    expect(text(commands.decode(hex("09 535542534352494245 41")))).to.deep.equal(["\x01A"])
    expect(text(commands.decode(hex("06 43414e43454c")))).to.deep.equal(["\x00"])
    expect(commands.decode(hex("04 4a4f494e 41"))).to.equal(undefined)
  })

  it("have a form in ZMTP 1.0 (RFC 13): a frame with the message of a pattern", () => {
    const decoder = new LegacyFrameDecoder()
    decoder.push(LEGACY_SUBSCRIPTION)
    expect([decoder.next(), decoder.flags, text([decoder.body]), decoder.pending]).to.deep.equal([
      true,
      0,
      ["\x01"],
      false,
    ])
  })
})
