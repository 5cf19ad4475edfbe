import { expect } from "chai"
import { loadSodium } from "../../src/security/sodium.js"
import { sentCommands } from "../../src/zmtp/commands/subscriptions.js"
import { Outbox } from "../../src/zmtp/frames/outbox.js"
import { ZwsOutbox } from "../../src/zmtp/frames/zws-frame.js"
import { CurveBox } from "../../src/zmtp/handshake/curve/box.js"
import { Counter, Sequence } from "../../src/zmtp/handshake/curve/nonce.js"
import { MessageWriter, type MessageWriterOptions } from "../../src/zmtp/message-writer.js"
import { zmtp } from "../../src/zmtp/over-bytes.js"
import { vector } from "../support/curve-vectors.js"
import { hex } from "../support/cuts.js"
import { message } from "../support/messages.js"
import { COMMAND, RADIO_MESSAGES } from "../support/vectors.js"

const PING = COMMAND.ping.subarray(2)

/** The bytes that a writer with `options` produces. */
function written(
  write: (writer: MessageWriter) => void,
  options?: MessageWriterOptions,
  outbox: Outbox | ZwsOutbox = new Outbox(),
): Buffer {
  write(new MessageWriter(outbox, options))
  return Buffer.concat(outbox.drain())
}

describe("MessageWriter", () => {
  it("writes messages as libzmq does", () => {
    const bytes = written((writer) => {
      writer.message(message("news", "hi"))
      writer.message(message("news", ""))
    })
    expect(bytes).to.deep.equal(RADIO_MESSAGES)
  })

  it("sets COMMAND on commands, and MORE on all frames of a message but the last (RFC 37)", () => {
    const bytes = written((writer) => {
      writer.command(PING)
      writer.message(message("a", "", "b"))
      writer.message(message(""))
    })
    expect(bytes).to.deep.equal(hex("04070450494e470000 010161 0100 000162 0000"))
  })

  it("writes the frames of ZMTP over WebSocket (RFC 45)", () => {
    const write = (writer: MessageWriter): void => {
      writer.command(PING)
      writer.message(message("a", "b"))
    }
    expect(written(write, {}, new ZwsOutbox())).to.deep.equal(hex("020450494e470000 0161 0062"))
  })

  for (const [type, pairs] of [
    [
      "SUB",
      [
        ["\x01", COMMAND.subscribeAll],
        ["\x01A", COMMAND.subscribeA],
        ["\x00A", COMMAND.cancelA],
        ["\x00", COMMAND.cancelAll],
      ],
    ],
    [
      "DISH",
      [
        ["\x01news", COMMAND.joinNews],
        ["\x01b", COMMAND.joinB],
        ["\x00news", COMMAND.leaveNews],
        ["\x00b", COMMAND.leaveB],
      ],
    ],
  ] as const) {
    const subscriptions = sentCommands(type)

    it(`writes those of ${type} as the commands that libzmq sends`, () => {
      for (const [frame, command] of pairs) {
        expect(written((writer) => writer.message(message(frame)), { subscriptions })).to.deep.equal(command)
      }
    })

    it(`writes other messages of ${type} as messages`, () => {
      const bytes = written(
        (writer) => {
          for (const frames of [["\x01A", "x"], ["\x02"], [""]]) writer.message(message(...frames))
        },
        { subscriptions },
      )
      expect(bytes).to.deep.equal(hex("01020141 000178 000102 0000"))
    })
  }

  it("writes subscriptions as messages if the peer does not expect commands (RFC 23)", () => {
    expect(written((writer) => writer.message(message("\x01A")))).to.deep.equal(hex("00020141"))
  })

  it("writes the frames of ZMTP 1.0 (RFC 13), whose length includes the flags", () => {
    const bytes = written(
      (writer) => {
        writer.message(message("a", "", "b"))
        writer.message([Buffer.alloc(253, "c"), Buffer.alloc(254, "d")])
      },
      { legacy: zmtp.legacy },
    )
    const long = `fe01 ${"63".repeat(253)} ff00000000000000ff00 ${"64".repeat(254)}`
    expect(bytes).to.deep.equal(hex(`020161 0101 020062 ${long}`))
  })

  describe("with CURVE, as in a session with libzmq", () => {
    /** @param used Number of nonces that the client has already used. */
    const box = (used: number): CurveBox => {
      const sodium = loadSodium()
      const key = sodium.sharedKey(vector("server transient public"), vector("client transient secret"))!
      return new CurveBox(sodium, key, "C", new Counter(used), new Sequence())
    }

    it("encrypts each frame of a message with its flags", () => {
      const bytes = written(
        (writer) => {
          writer.message(message("hello"))
          writer.message(message("A", ""))
        },
        { box: box(2) },
      )
      const expected = Buffer.concat([vector("MESSAGE hello"), vector("MESSAGE A")])
      expect(bytes.subarray(0, expected.length)).to.deep.equal(expected)
      // The last frame is an empty body, with a 2-byte header around its 33 bytes (RFC 26, "MESSAGE Command").
      expect(bytes.length - expected.length).to.equal(2 + 33)
    })

    it("encrypts commands, so that they look like messages", () => {
      const bytes = written((writer) => writer.command(PING), { box: box(4) })
      expect(bytes).to.deep.equal(vector("MESSAGE PING"))
    })

    it("encrypts the commands of subscriptions", () => {
      const [sent, expected] = [box(2), box(2)]
      const subscriptions = sentCommands("SUB")
      const bytes = written((writer) => writer.message(message("\x01A")), { box: sent, subscriptions })
      const command = COMMAND.subscribeA.subarray(2)
      expect(bytes).to.deep.equal(written((writer) => writer.command(command), { box: expected }))
    })
  })
})
