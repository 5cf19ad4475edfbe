import { expect } from "chai"
import { readdirSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import type { Program } from "../../bench/contestants.js"
import { ROWS } from "../../bench/rows.js"

const peers = fileURLToPath(new URL("../../bench/peers/", import.meta.url))
const read = (path: string): string => readFileSync(peers + path, "utf8")
const javaScript = readdirSync(`${peers}roles`).map((name) => read(`roles/${name}`))

const SOURCES: Readonly<Record<Program, string>> = {
  zmtp: javaScript.join(""),
  before: javaScript.join(""),
  zeromq: javaScript.join(""),
  libzmq: read("libzmq.c"),
  "omq-tokio": read("rust/omq-tokio/src/main.rs"),
  rzmq: read("rust/rzmq/src/main.rs"),
  "zmq.rs": read("rust/zmq-rs/src/main.rs"),
  tmq: read("rust/tmq/src/main.rs"),
  jeromq: read("JeroMQ.java"),
  pyzmq: read("pyzmq.py"),
  net: read("net.mjs"),
  bare: read("bare.mjs"),
  idle: "function idle()",
}

describe("the rows of the benchmark", () => {
  it("have unique names", () => {
    const names = ROWS.map(({ name, transport }) => `${name}, ${transport}`)
    expect(new Set(names).size).to.equal(names.length)
  })

  it("have targets only for contestants that take part", () => {
    for (const { name, targets, contestants } of ROWS) {
      expect(
        contestants.map((contestant) => contestant.name),
        name,
      ).to.include.members(Object.keys(targets))
    }
  })

  it("request only roles that their programs have", () => {
    for (const { name, contestants } of ROWS) {
      for (const { program, visitor = program, roles } of contestants) {
        for (const [index, role] of roles.entries()) {
          const source = SOURCES[index === 0 ? program : visitor]
          // Either a function or method, or a string that the program compares the role with.
          expect(source, `${program} in "${name}"`).to.match(new RegExp(`\\b${role}\\(|"${role}"`))
        }
      }
    }
  })
})
