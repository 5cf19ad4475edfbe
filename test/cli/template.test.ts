import { expect } from "chai"
import { UsageError } from "../../src/cli/command.js"
import { FORMAT, formatOf, type Envelope } from "../../src/cli/format.js"
import { compileTemplate } from "../../src/cli/template.js"
import { givenFor } from "../support/given.js"
import { thrown } from "../support/receiving.js"

const TIME = new Date("2026-03-01T12:00:00.250Z")

describe("--template", () => {
  async function compile(template: string, envelope?: Envelope, name = "text") {
    const format = await formatOf(givenFor([FORMAT], ["--format", name]), envelope)
    return compileTemplate(template, format, envelope)
  }

  /** The bytes that a template prints for a message. */
  async function printed(template: string, frames: readonly string[], envelope?: Envelope, name?: string) {
    const print = await compile(template, envelope, name)
    const message = { frames: frames.map((frame) => Buffer.from(frame, "latin1")), time: TIME, index: 41 }
    return Buffer.from(print(message) as string).toString("latin1")
  }

  for (const [template, frames, envelope, expected] of [
    ["%s", ["a", "b"], undefined, "a\tb"],
    ["%s", ["topic", "a", "b"], "topic", "a\tb"],
    ["%S", ["topic", "abc", "de"], "topic", "5"],
    ["%S", ["abc", "de"], undefined, "5"],
    ["%t", ["topic", "a"], "topic", "topic"],
    ["%t", ["group", "a"], "group", "group"],
    ["%p", ["\x00a", "x"], "peer", "0x0061"],
    ["%p", ["17", "x"], "number", "17"],
    ["%1-%2-%3", ["a", "b"], undefined, "a-b-"],
    ["%n", ["topic", "a"], "topic", "2"],
    ["%o", ["a"], undefined, "41"],
    ["%T", ["a"], undefined, "1772366400250"],
    ["%d", ["a"], undefined, "2026-03-01T12:00:00.250Z"],
    ["100%%", ["a"], undefined, "100%"],
    ["\\n\\r\\t\\0\\\\\\xfF", ["a"], undefined, "\n\r\t\0\\\xff"],
    ["plain", ["a"], undefined, "plain"],
    ["", ["a"], undefined, ""],
  ] as const) {
    it(`prints ${JSON.stringify(template)} as ${JSON.stringify(expected)}`, async () => {
      expect(await printed(template, frames, envelope)).to.equal(expected)
    })
  }

  it("formats frames according to --format", async () => {
    expect(await printed("%s %1", ["\xff", ""], undefined, "hex")).to.equal("ff - ff")
    expect(await printed("%s", ["\xff"], undefined, "raw")).to.equal("\xff")
  })

  for (const [template, envelope, reason] of [
    ["%x", undefined, "unknown token %x, expected %s, %S, %t, %p, %1 … %9, %n, %o, %T, %d, %%"],
    ["%0", undefined, "unknown token %0"],
    ["%", undefined, "unknown token %,"],
    ["%t", "peer", "%t is for sub and dish"],
    ["%p", "topic", "%p is for router"],
    ["\\q", undefined, "unknown escape \\q, expected \\n, \\r, \\t, \\0, \\\\, or \\xHH"],
    ["\\x1", undefined, "unknown escape \\x"],
    ["\\", undefined, "unknown escape \\,"],
  ] as const) {
    it(`rejects ${template}`, async () => {
      const format = await formatOf(givenFor([FORMAT]), envelope)
      const error = thrown(() => compileTemplate(template, format, envelope))
      expect(error).to.be.instanceOf(UsageError)
      expect(error.message).to.include(`Invalid --template '${template}': ${reason}`)
    })
  }
})
