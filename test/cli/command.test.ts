import { expect } from "chai"
import { closest, parse, UsageError, type Command, type Given } from "../../src/cli/command.js"

const COMMAND: Command = {
  name: "example",
  section: "Tools",
  summary: "An example.",
  usage: "",
  options: {
    format: { type: "choice", short: "f", value: "NAME", choices: ["text", "hex"], help: "what a line is" },
    count: { type: "number", short: "n", value: "N", min: 1, help: "exit after N messages" },
    linger: { type: "number", value: "MS", min: -1, help: "time to deliver" },
    key: { type: "file", value: "KEY", help: "a key" },
    quiet: { type: "flag", short: "q", help: "nothing on stderr" },
    topic: { type: "text", value: "TEXT", multiple: true, help: "a topic" },
  },
  groups: [
    {
      title: "Shared",
      options: { topic: { type: "flag", help: "replaced" }, bind: { type: "text", value: "URL", help: "listen" } },
    },
  ],
  examples: [{ text: "Run it", command: "zmtp example" }],
  run: () => Promise.resolve(),
}

const given = (...argv: string[]): Given => parse(COMMAND, argv, new AbortController().signal)
const errorOf = (...argv: string[]): string => {
  try {
    given(...argv)
  } catch (error) {
    expect(error).to.be.instanceOf(UsageError)
    return (error as Error).message
  }
  throw new Error("It was accepted")
}

describe("a command line", () => {
  it("has long, short, and repeated options, with values of all kinds, between the arguments", () => {
    const all = given(
      "-q",
      "one",
      "--topic",
      "a",
      "--topic=b",
      "-n3",
      "--linger",
      "-1",
      "-f",
      "hex",
      "--key=-k",
      "--bind",
      "-",
      "--",
      "--two",
    )
    expect([all.flag("quiet"), all.list("topic"), all.number("count"), all.number("linger")]).to.deep.equal([
      true,
      ["a", "b"],
      3,
      -1,
    ])
    expect([all.choice("format", ["text", "hex"]), all.text("key"), all.text("bind")]).to.deep.equal(["hex", "-k", "-"])
    expect(all.positionals).to.deep.equal(["one", "--two"])
  })

  it("has no value for an option that was not given, and the last value of an option that was given twice", () => {
    const none = given()
    expect([none.flag("quiet"), none.list("topic"), none.number("count"), none.text("key")]).to.deep.equal([
      false,
      [],
      undefined,
      undefined,
    ])
    expect(given("--count", "1", "--count", "2").number("count")).to.equal(2)
  })

  it("is rejected with an error that states what is valid", () => {
    expect(errorOf("--tpoic", "a")).to.equal("Unknown option --tpoic; did you mean --topic?")
    expect(errorOf("--frobnicate")).to.equal("Unknown option --frobnicate")
    expect(errorOf("-x")).to.equal("Unknown option -x")
    expect(errorOf("--constructor")).to.equal("Unknown option --constructor")
    expect(errorOf("--format", "xml")).to.equal("--format expects one of text, hex, got 'xml'")
    expect(errorOf("-n", "many")).to.equal("-n expects a whole number of at least 1, got 'many'")
    expect(errorOf("--count", "0")).to.equal("--count expects a whole number of at least 1, got '0'")
    expect(errorOf("--linger=-2")).to.equal("--linger expects a whole number of at least -1, got '-2'")
    expect(errorOf("--count", "1e3")).to.equal("--count expects a whole number of at least 1, got '1e3'")
    expect(errorOf("--count", "99999999999999999999")).to.match(/^--count expects a whole number/)
    expect(errorOf("--key")).to.equal("--key needs a value: --key KEY")
    expect(errorOf("--key", "--quiet")).to.equal(
      "--key needs a value: --key KEY, or --key=--quiet if it begins with '-'",
    )
    expect(errorOf("--quiet=yes")).to.equal("--quiet takes no value, got 'yes'")
  })
})

describe("the most similar word", () => {
  it("is the one with the fewest typing errors, if they are few", () => {
    const words = ["push", "pull", "pub", "completion"]
    expect(["pus", "pulll", "bup", "completoin", "xyz"].map((word) => closest(word, words))).to.deep.equal([
      "push",
      "pull",
      undefined,
      "completion",
      undefined,
    ])
  })
})
