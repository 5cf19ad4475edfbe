import { expect } from "chai"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { dirname, join, relative } from "node:path"
import { testsWithoutSuite } from "../scripts/runtimes/suites.mjs"
import { mayEnter as mayEnterPhase, NEXT_PHASES } from "../src/core/connection/phase.js"
import { mayEnter as mayEnterState, NEXT_STATES } from "../src/zmtp/state.js"
import { DIFFERENT, DIFFERENT_SUITES } from "./support/io-thread-differences.js"
import { hasFullTitle } from "./support/titles.js"

const root = new URL("../", import.meta.url).pathname
const design = readFileSync(join(root, "docs/design.md"), "utf8")

/** Folders of `src/` with programs that use the public entry points. */
const PROGRAMS = ["v5", "cli", "testing"]

/** Rows of the table under `heading` in docs/design.md, without the header. */
function rowsOf(heading: string): string[][] {
  const section = design.slice(design.indexOf(`\n## ${heading}\n`))
  const table = /^\|.*(?:\n\|.*)+/m.exec(section)![0]
  return table
    .split("\n")
    .slice(2)
    .map((row) =>
      row
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim().replaceAll("`", "")),
    )
}

const sources = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" }).filter((file) =>
  file.endsWith(".ts"),
)

/** The folder of `src/` that contains `file`; empty for the root. */
const folderOf = (file: string): string => (file.includes("/") ? file.slice(0, file.indexOf("/")) : "")

/** Every import between folders, type imports included, as `[from, to]`. */
const imports = sources.flatMap((file) =>
  [...readFileSync(join(root, "src", file), "utf8").matchAll(/(?:from|import) ?\(?"(\.[^"]+)"/g)].map(([, path]) => {
    const target = relative(join(root, "src"), join(root, "src", dirname(file), path!))
    return [folderOf(file), target.startsWith("..") ? undefined : folderOf(target)] as const
  }),
)

/** The main file of each folder. */
const MAIN_FILES: Readonly<Record<string, string>> = {
  cli: "main.ts",
  "cli/dump": "conversation.ts",
  core: "errors.ts",
  "core/connection": "connection.ts",
  "core/pipe": "pipe.ts",
  "core/runtime": "runtime.ts",
  entry: "exports.ts",
  messaging: "requester.ts",
  patterns: "pattern.ts",
  "patterns/strategies": "rotation.ts",
  pgm: "receiver.ts",
  platform: "platform.ts",
  "platform/browser": "index.ts",
  "platform/node": "index.ts",
  "platform/workerd": "index.ts",
  security: "curve-keys.ts",
  sockets: "socket.ts",
  "sockets/options": "table.ts",
  testing: "fault-proxy.ts",
  "testing/compliance": "compliance.ts",
  transports: "transport.ts",
  "transports/attached": "attachment.ts",
  "transports/authentication": "zap.ts",
  "transports/epgm": "epgm.ts",
  "transports/inproc": "inproc.ts",
  "transports/io": "io-thread.ts",
  "transports/ipc": "ipc.ts",
  "transports/net": "net-stream.ts",
  "transports/ports": "ports.ts",
  "transports/stream": "stream-transport.ts",
  "transports/tcp": "tcp.ts",
  "transports/threads": "threads.ts",
  "transports/udp": "udp.ts",
  "transports/ws": "ws.ts",
  v5: "socket.ts",
  zmtp: "engine.ts",
  "zmtp/commands": "command.ts",
  "zmtp/frames": "frame-format.ts",
  "zmtp/handshake": "mechanism.ts",
  "zmtp/handshake/curve": "crypto.ts",
}

/** Sources without tests, and the reason why there is nothing to test. */
const NOTHING_TO_TEST: Readonly<Record<string, string>> = {
  "core/connection/byte-stream.ts": "types",
  "core/channels.ts": "types, and functions that do nothing",
  "core/connection/connection-owner.ts": "types",
  "core/pipe/pipe-end.ts": "types",
  "core/pipe/pipe.ts": "types, and an owner that does nothing",
  "core/pipe/request-tracker.ts": "types",
  "core/runtime/scheduler.ts": "types",
  "cli/program.ts": "a constant",
  "core/pipe/session-pipe.ts": "types",
  "entry/exports.ts": "exports",
  "patterns/pattern.ts": "types",
  "pgm/limits.ts": "constants",
  "platform/browser/index.ts": "a value that joins its neighbors",
  "platform/default.ts": "one variable",
  "platform/features.ts": "types",
  "platform/node/io-thread-text.ts": "types, and a constant",
  "platform/node/runtime.ts": "a value",
  "platform/node/stream-transports.ts": "a value that joins its neighbors",
  "platform/workerd/cloudflare.d.ts": "types",
  "sockets/envelope.ts": "types",
  "sockets/socket-stats.ts": "types",
  "testing/faults.ts": "types",
  "transports/capabilities.ts": "constants",
  "transports/attached/any-stream.ts": "types",
  "transports/authenticator.ts": "types",
  "transports/inproc-names.ts": "types",
  "transports/inproc/remote-pipe.ts": "types",
  "transports/authentication/node-features.ts": "a value that joins its neighbors",
  "transports/stream/stream-limits.ts": "constants",
  "transports/transport.ts": "types",
  "transports/epgm/carrier.ts": "types",
  "transports/io/io-note.ts": "types",
  "transports/io/thread-code.ts": "types",
  "zmtp/engine.ts": "types",
  "zmtp/frames/frame-format.ts": "types",
  "zmtp/framing.ts": "types",
  "zmtp/handshake/mechanism.ts": "types",
  "zmtp/handshake/security.ts": "types",
  "zmtp/limits.ts": "constants",
  "zmtp/peer.ts": "types, and a constant",
}

/** Sources without a test at the same path, the test that covers them, and the reason. */
const TESTED_TOGETHER: readonly {
  readonly test: string
  readonly reason: string
  readonly sources: readonly string[]
}[] = [
  {
    test: "cli/cli.test.ts",
    reason: "Commands, and what they share, run as processes.",
    sources: [
      ...["both-ways", "dealer", "exchange", "help", "keygen", "main", "man", "monitor", "pair", "perf", "progress"],
      ...["proxy", "pub", "pull", "push", "rep", "req", "router", "stdout", "sub", "undelivered"],
    ].map((name) => `cli/${name}.ts`),
  },
  {
    test: "cli/probe.test.ts",
    reason: "The command runs as a process.",
    sources: ["cli/probe-peer.ts"],
  },
  {
    test: "cli/dump.test.ts",
    reason: "The stages of one command, which runs as a process.",
    sources: ["capture", "conversation", "reader", "replay", "tee"].map((name) => `cli/dump/${name}.ts`),
  },
  {
    test: "transports/io/io-threads.test.ts",
    reason: "Both sides of the port between a socket and its I/O thread, which work only together.",
    sources: [
      "entry/io-thread.ts",
      "platform/node/io-thread-code.ts",
      "platform/node/io-thread-file.ts",
      ...["io-binding", "io-endpoint", "io-host", "io-server", "io-thread"].map((name) => `transports/io/${name}.ts`),
    ],
  },
  { test: "package-identity.test.ts", reason: "The setup of a process.", sources: ["entry/node.ts"] },
  {
    test: "workerd/interop.test.ts",
    reason: "They run only in Cloudflare's runtime.",
    sources: ["platform/workerd/index.ts", "platform/workerd/tcp.ts"],
  },
  {
    test: "testing/compliance/compliance.test.ts",
    reason: "They are tests: this one checks that they fail for faulty transports.",
    sources: ["endpoint-cases", "fixture", "peer-cases"].map((name) => `testing/compliance/${name}.ts`),
  },
  {
    test: "transports/epgm/epgm.test.ts",
    reason: "They join the protocol, which test/pgm covers, with UDP sockets.",
    sources: ["inbound", "open-carrier", "outbound"].map((name) => `transports/epgm/${name}.ts`),
  },
  {
    test: "transports/net/net-stream.test.ts",
    reason: "The end of a stream.",
    sources: ["transports/net/destroy-socket.ts"],
  },
  {
    test: "threads/orders.test.ts",
    reason: "It needs several threads, each with the built library.",
    sources: ["transports/threads/threads.ts"],
  },
  {
    test: "transports/threads/channel-line.test.ts",
    reason: "A part of lines.",
    sources: ["transports/threads/pieces.ts"],
  },
  {
    test: "sockets/socket.test.ts",
    reason: "Methods of sockets, which need one.",
    sources: ["sockets/socket-methods.ts"],
  },
  {
    test: "transports/udp/udp.test.ts",
    reason: "The two roles of the transport.",
    sources: ["transports/udp/udp-destination.ts", "transports/udp/udp-listener.ts"],
  },
  {
    test: "transports/ws/ws.test.ts",
    reason: "The two roles of the transport.",
    sources: ["transports/ws/ws-attempt.ts", "transports/ws/ws-listener.ts"],
  },
]

/** Files whose types may refer to each other. */
const MUTUAL: readonly (readonly string[])[] = [
  // A socket has an observer, which is created for a socket.
  ["sockets/socket.ts", "sockets/observer.ts"],
  // Both sides of each protocol within a thread or between threads.
  ["transports/io/io-thread.ts", "transports/io/io-endpoint.ts"],
  ["transports/io/io-threads.ts", "transports/io/io-transport.ts", "transports/io/io-binding.ts"],
  ["transports/io/io-host.ts", "transports/io/io-server.ts"],
]

/** Names in docs/design.md that this package does not define: conditions of exports, and functions of Node. */
const NOT_OURS: ReadonlySet<string> = new Set(["electron", "postMessageToThread"])

/** The value of the constant `name` in `file`, which is a number or a product of numbers. */
const constant = (file: string, name: string): number => {
  const source = readFileSync(join(root, "src", `${file}.ts`), "utf8")
  const [, product] = new RegExp(`const ${name} = ([\\d_* ]+)$`, "m").exec(source)!
  return product!.split("*").reduce((value, factor) => value * Number(factor.replaceAll("_", "")), 1)
}

/** The patterns for which `pattern` stands: one for each choice of its braces. */
function withoutBraces(pattern: string): readonly string[] {
  const braces = /\{([^}]*)\}/.exec(pattern)
  if (braces === null) return [pattern]
  return braces[1]!.split(",").flatMap((choice) => withoutBraces(pattern.replace(braces[0], choice)))
}

/** Matches the paths of files that `pattern` selects, and of those in a folder that it selects. */
function matcherOf(pattern: string): RegExp {
  const parts = pattern.split(/(\*\*|\*)/).map((part, index) => {
    if (index % 2 === 0) return part.replaceAll(/[.+]/g, String.raw`\$&`)
    return part === "**" ? ".*" : "[^/]*"
  })
  return new RegExp(`^${parts.join("")}(/|$)`)
}

const hasTest = (file: string): boolean => existsSync(join(root, "test", file.replace(/\.ts$/, ".test.ts")))

describe("the layout of the sources", () => {
  const folders = new Map(rowsOf("Layout").map(([folder, , below]) => [folder!, below!.split(", ")]))

  it("has the folders that docs/design.md describes, and no others", () => {
    const found = new Set(sources.map(folderOf).filter((folder) => folder !== "" && !PROGRAMS.includes(folder)))
    expect([...found]).to.have.members([...folders.keys()])
  })

  for (const [folder, below] of folders) {
    it(`lets ${folder} import only ${below.join(", ")}`, () => {
      const targets = new Set(imports.filter(([from, to]) => from === folder && to !== undefined).map(([, to]) => to!))
      targets.delete(folder)
      expect([...below, "nothing"]).to.include.members([...targets])
    })
  }

  it("states the purpose of every folder in the first lines of its main file", () => {
    const folders = new Set(sources.map((file) => dirname(file)).filter((folder) => folder !== "."))
    expect([...folders].sort()).to.deep.equal(Object.keys(MAIN_FILES).sort())
    for (const [folder, file] of Object.entries(MAIN_FILES)) {
      const [first] = readFileSync(join(root, "src", folder, file), "utf8").split("\n")
      expect(first, `${folder}/${file}`).to.match(/^\/\/ \w/)
    }
  })

  it("has no cycles between folders", () => {
    const order = [...folders.keys()]
    for (const [folder, below] of folders) {
      for (const other of below.filter((name) => name !== "nothing")) {
        expect(order.indexOf(other), `${folder} imports ${other}`).to.be.lessThan(order.indexOf(folder))
      }
    }
  })

  it("lets the folders of core import only what docs/design.md says, and the files beside them no folder", () => {
    const [, text] = /\n`core` has three folders.*?\n\n((?:- .*\n(?: {2}.*\n)*)+)/.exec(design)!
    const described = new Map(
      [...text!.matchAll(/^- `core\/(\w+)`.*?Imports ([^.]*)\.$/gms)].map(([, folder, below]) => [
        folder!,
        [...below!.matchAll(/`core\/(\w+)`/g)].map(([, other]) => other!),
      ]),
    )
    const coreFolder = (path: string): string => folderOf(path.slice("core/".length))
    const files = sources.filter((file) => file.startsWith("core/"))
    expect([...described.keys(), ""]).to.have.members([...new Set(files.map(coreFolder))])
    for (const file of files) {
      const folder = coreFolder(file)
      const targets = [...readFileSync(join(root, "src", file), "utf8").matchAll(/(?:from|import) ?\(?"(\.[^"]+)"/g)]
        .map(([, path]) => join(dirname(file), path!))
        .filter((path) => path.startsWith("core/"))
      expect(["", folder, ...(described.get(folder) ?? [])], file).to.include.members(targets.map(coreFolder))
    }
  })

  it("has no cycles between the folders of a folder", () => {
    const edges = new Map<string, Set<string>>()
    for (const file of sources) {
      for (const [, path] of readFileSync(join(root, "src", file), "utf8").matchAll(
        /(?:from|import) ?\(?"(\.[^"]+)"/g,
      )) {
        const [from, to] = [dirname(file).split("/"), dirname(join(dirname(file), path!)).split("/")]
        const shared = from.findIndex((name, index) => name !== to[index])
        // Only imports between siblings: `a/b/…` and `a/c/…`.
        if (shared < 1 || shared >= to.length) continue
        const [source, target] = [from, to].map((names) => names.slice(0, shared + 1).join("/"))
        edges.set(source!, (edges.get(source!) ?? new Set()).add(target!))
      }
    }
    const reaches = (from: string, goal: string, seen = new Set<string>()): boolean =>
      [...(edges.get(from) ?? [])].some(
        (next) => next === goal || (!seen.has(next) && reaches(next, goal, seen.add(next))),
      )
    expect([...edges.keys()].filter((folder) => reaches(folder, folder))).to.deep.equal([])
    expect(edges.get("transports/tcp"), "the imports that this test looks at").to.include("transports/net")
  })

  it("lets the files beside the folders of transports import none of these", () => {
    for (const file of sources.filter((path) => dirname(path) === "transports")) {
      expect(readFileSync(join(root, "src", file), "utf8"), file).not.to.match(/from "\.\/[^"]*\//)
    }
  })

  /** Import cycles in `src/`, each as a list of files. */
  const cyclesOf = (typesToo: boolean): string[][] => {
    const imported = new Map(
      sources.map((file) => {
        const statements = readFileSync(join(root, "src", file), "utf8").matchAll(
          /^(?:import|export)( type)?\s[^;"]*?from "(\.[^"]+)"/gm,
        )
        const targets = [...statements].filter(([, type]) => typesToo || type === undefined)
        return [file, targets.map(([, , path]) => join(dirname(file), path!).replace(/\.js$/, ".ts"))] as const
      }),
    )
    const found: string[][] = []
    const done = new Set<string>()
    const visit = (file: string, path: readonly string[]): void => {
      if (path.includes(file)) found.push(path.slice(path.indexOf(file)))
      if (path.includes(file) || done.has(file)) return
      for (const target of imported.get(file) ?? []) visit(target, [...path, file])
      done.add(file)
    }
    for (const file of sources) visit(file, [])
    return found
  }

  it("has no cycles between files at run time", () => {
    expect(cyclesOf(false)).to.deep.equal([])
  })

  it("has no cycles of type imports, except among files that implement a protocol together", () => {
    expect(cyclesOf(true).filter((cycle) => !MUTUAL.some((files) => cycle.every((file) => files.includes(file))))).to.be
      .empty
  })

  it("has no file of more than 400 lines, without those of comments", () => {
    const long = sources.filter((file) => {
      const code = readFileSync(join(root, "src", file), "utf8").replaceAll(/\/\*.*?\*\//gs, "")
      return code.split("\n").filter((line) => /^\s*(?!\/\/)\S/.test(line)).length > 400
    })
    expect(long).to.deep.equal([])
  })

  it("checks the name of the runtime in a single file", () => {
    const asking = sources.filter((file) =>
      /\b(Deno|Bun)\b/.test(readFileSync(join(root, "src", file), "utf8").replaceAll(/\/\*.*?\*\/|\/\/[^\n]*/gs, "")),
    )
    expect(asking).to.deep.equal(["transports/capabilities.ts"])
  })

  it("has only entry points in the root", () => {
    expect(sources.filter((file) => !file.includes("/"))).to.have.members([
      "browser-node.ts",
      "browser-workerd.ts",
      "browser.ts",
      "cli.ts",
      "draft.ts",
      "index.ts",
      "io-threads.ts",
      "msgpack.ts",
      "protocol.ts",
      "testing.ts",
      "transport.ts",
      "v5-compat.ts",
      "workerd.ts",
    ])
  })

  it("has a file for every pattern of eslint.config.js", () => {
    const tops = ["src", "test", "interop", "bench", "scripts"]
    const files = tops.flatMap((top) =>
      readdirSync(join(root, top), { recursive: true, encoding: "utf8" }).map((file) => `${top}/${file}`),
    )
    const config = readFileSync(join(root, "eslint.config.js"), "utf8")
    const patterns = [...config.matchAll(new RegExp(`"((?:${tops.join("|")})/[^"]*)"`, "g"))].map(([, path]) => path!)
    expect(patterns).to.include.members(["src/**", "src/transports/*.ts"])
    const unused = patterns.flatMap(withoutBraces).filter((pattern) => {
      const matcher = matcherOf(pattern)
      return !files.some((file) => matcher.test(file))
    })
    expect(unused).to.deep.equal([])
  })

  it("has everything that docs/design.md names", () => {
    const prose = design.replaceAll(/```.*?```/gs, "").replace(/\n## I\/O threads\n.*?(?=\n## )/s, "")
    const spans = new Set([...prose.matchAll(/`([^`\n]+)`/g)].map(([, span]) => span!))
    const words = new Set(sources.flatMap((file) => readFileSync(join(root, "src", file), "utf8").match(/[\w$]+/g)))
    const names = new Set(sources.map((file) => file.slice(file.lastIndexOf("/") + 1, -".ts".length)))
    const isThere = (span: string): boolean => {
      if (NOT_OURS.has(span) || /^\w+:\/\/$|^0x|^zmtp\//.test(span)) return true
      if (/\/|\.[jt]s$/.test(span)) {
        return ["", "src/", "src/transports/"].some((folder) =>
          ["", ".ts"].some((end) => existsSync(join(root, folder + span + end))),
        )
      }
      if (/^[a-z]+(-[a-z]+)+$/.test(span)) return names.has(span)
      return (span.match(/[A-Za-z_$][\w$]*/g) ?? []).every((word) => words.has(word))
    }
    expect(spans.size).to.be.at.least(100)
    expect([...spans].filter((span) => !isThere(span))).to.deep.equal([])
  })

  it("has every part in the file that docs/design.md names, under its name", () => {
    for (const [part, file] of rowsOf("The parts")) {
      const path = join(root, "src", `${file!}.ts`)
      expect(existsSync(path), file).to.equal(true)
      const declared = new RegExp(`export (abstract )?(class|interface|const) ${part!}\\b`)
      expect(declared.test(readFileSync(path, "utf8")), `${part!} in ${file!}`).to.equal(true)
    }
  })

  it("has the files of the engine in the table of src/zmtp/README.md, each once", () => {
    const readme = readFileSync(join(root, "src/zmtp/README.md"), "utf8")
    const spans = [...readme.slice(readme.indexOf("\n## The files\n")).matchAll(/^\| (`[^|]+)\|/gm)].flatMap(
      ([, cell]) => [...cell!.matchAll(/`([^`]+)`/g)].map(([, span]) => span!),
    )
    const found = readdirSync(join(root, "src/zmtp"), { withFileTypes: true }).flatMap((entry) =>
      entry.name === "README.md" ? [] : [entry.isDirectory() ? `${entry.name}/` : entry.name],
    )
    expect(spans).to.have.members([...found, "handshake/curve/"])
  })

  /** The changes that a state diagram shows, in the form "one to other". */
  const changesIn = (diagram: string): string[] => {
    const names = new Map([...diagram.matchAll(/state "(.+)" as (\w+)/g)].map(([, name, alias]) => [alias!, name!]))
    const arrowsIn = (text: string): (readonly [from: string, to: string])[] =>
      [...text.matchAll(/^ *(\w+) --> (\w+)/gm)].map(
        ([, from, to]) => [names.get(from!) ?? from!, names.get(to!) ?? to!] as const,
      )
    const [block, group, content] = /state (\w+) \{\n(.*?)\}/s.exec(diagram)!
    const inner = arrowsIn(content!)
    const members = new Set(inner.flat())
    const outer = arrowsIn(diagram.replace(block, "")).flatMap(([from, to]) =>
      from === group ? [...members].map((member) => [member, to] as const) : [[from, to] as const],
    )
    return [...inner, ...outer].map((arrow) => arrow.join(" to "))
  }

  /** The changes that the code allows, in the same form. */
  const changesAllowed = <State extends string>(
    table: Readonly<Record<State, unknown>>,
    mayEnter: (from: State, to: State) => boolean,
  ): string[] => {
    const isAllowed = (from: State, to: State): boolean => {
      try {
        return mayEnter(from, to)
      } catch {
        return false
      }
    }
    const states = Object.keys(table) as State[]
    return states.flatMap((from) =>
      states.filter((to) => to !== from && isAllowed(from, to)).map((to) => `${from} to ${to}`),
    )
  }

  it("has the changes between states of the engine that the diagram of src/zmtp/README.md shows, and no others", () => {
    const readme = readFileSync(join(root, "src/zmtp/README.md"), "utf8")
    const [, diagram] = /## States\n\n```mermaid\n(.*?)```/s.exec(readme)!
    expect(changesIn(diagram!)).to.have.members(changesAllowed(NEXT_STATES, mayEnterState))

    const interfaces = readFileSync(join(root, "src/zmtp/engine.ts"), "utf8")
    const calls = [...diagram!.matchAll(/: (\w+)\(\)/g)].map(([, call]) => call!)
    expect(calls).to.include.members(["start", "handshake", "resolve", "close"])
    for (const call of calls) expect(interfaces).to.match(new RegExp(`^  ${call}\\(`, "m"))
  })

  it("has the changes between phases of a connection that the diagram of docs/design.md shows, and no others", () => {
    const [, diagram] = /```mermaid\nstateDiagram-v2\n(.*?)```/s.exec(design)!
    expect(changesIn(diagram!)).to.have.members(changesAllowed(NEXT_PHASES, mayEnterPhase))

    const connection = readFileSync(join(root, "src/core/connection/connection.ts"), "utf8")
    const calls = [...diagram!.matchAll(/\b(\w+)\(\)/g)].map(([, call]) => call!)
    expect(calls).to.have.members(["closed", "flush", "drop", "release"])
    for (const call of calls) expect(connection).to.match(new RegExp(`^  ${call}\\(`, "m"))
  })

  it("has the parts that the drawings of docs/design.md show", () => {
    const blocks = [...design.matchAll(/^```(\w*)\n(.*?)^```$/gms)]
    const drawings = blocks.filter(([, language]) => language === "").map(([, , drawing]) => drawing!)
    expect(drawings).to.have.length(3)
    const declared = new Set(
      sources.flatMap((file) =>
        [
          ...readFileSync(join(root, "src", file), "utf8").matchAll(
            /^export (?:abstract )?(?:class|interface|type) (\w+)/gm,
          ),
        ].map(([, name]) => name!),
      ),
    )
    const shown = drawings.flatMap((drawing) => drawing.match(/(?<!\.)\b[A-Z]\w+/g) ?? [])
    expect(shown).to.include.members(["Pattern", "IoEndpoint", "ChannelStream"])
    expect(shown.filter((part) => !declared.has(part))).to.deep.equal([])
  })

  it("has the calls that the sequence diagrams of docs/design.md show", () => {
    const files = new Map(rowsOf("The parts").map(([part, file]) => [part!, file!]))
    const diagrams = [...design.matchAll(/```mermaid\nsequenceDiagram\n(.*?)```/gs)].map(([, diagram]) => diagram!)
    expect(diagrams).to.have.length(2)
    for (const diagram of diagrams) {
      const calls = [...diagram.matchAll(/^ *(\w+)->>(\w+): (\w+)\(/gm)]
      expect(calls.length).to.be.at.least(8)
      for (const [call, from, to, method] of calls) {
        expect([...files.keys()], call).to.include.members([from, to])
        const source = readFileSync(join(root, "src", `${files.get(to!)!}.ts`), "utf8")
        expect(source, call.trim()).to.match(new RegExp(`^  ${method!}\\??[(<]`, "m"))
      }
    }
  })

  it(`has the constants that docs/design.md states under "Speed"`, () => {
    const KIB = 1024
    const sends = constant("core/runtime/budget", "MAX_OPERATIONS")
    const receives = sends / constant("core/runtime/budget", "RECEIVE")
    for (const claim of [
      `every ${sends.toLocaleString("en-US")} sends, ${receives.toLocaleString("en-US")} receives, ${constant("core/runtime/budget", "MAX_BYTES") / KIB / KIB} MiB, or ${constant("core/runtime/budget", "MAX_TIME")} ms`,
      `Flush early at ${constant("core/connection/stream-writer", "FLUSH_SIZE") / KIB} KiB`,
      `gathered in a ${constant("zmtp/frames/slab-pool", "SLAB_SIZE") / KIB} KiB slab`,
      `those over ${constant("zmtp/frames/outbox", "GATHER_LIMIT") / KIB} KiB are referenced`,
      `Up to ${constant("zmtp/frames/outbox", "LOOP_LIMIT")} bytes a loop copies`,
    ]) {
      expect(design.replaceAll(/\s+/g, " ")).to.include(claim)
    }
  })

  it("has the constants that docs/performance.md lists", () => {
    const performance = readFileSync(join(root, "docs/performance.md"), "utf8").replaceAll(/\s+/g, " ")
    const kib = (file: string, name: string): string => `${constant(file, name) / 1024} KiB`
    const small = constant("transports/net/net-stream", "SMALL_READ")
    for (const claim of [
      `requests only ${small} bytes`,
      `body of ${kib("zmtp/limits", "LARGE_BODY")} or more is always read in place`,
      `body of up to ${kib("zmtp/frames/frame-decoder", "MOST_WITH_TAIL")} is read together with the ${constant("zmtp/frames/frame-decoder", "TAIL")} bytes that follow it`,
      `A chunk of ${kib("transports/net/net-stream", "READ_SIZE")}`,
      `first write buffer of a connection has ${kib("zmtp/frames/outbox", "FIRST_SLAB_SIZE")} instead of ${kib("zmtp/frames/slab-pool", "SLAB_SIZE")}`,
      `Random bytes are drawn ${kib("security/sodium-crypto", "POOL_SIZE")} at a time`,
      `array of at most ${constant("patterns/strategies/byte-map", "NEAR")} entries`,
      `Loops copy up to ${constant("zmtp/frames/outbox", "LOOP_LIMIT")} bytes`,
      `Sends still turn every ${constant("core/runtime/budget", "MAX_OPERATIONS").toLocaleString("en")} messages`,
      "uses as much of the budget as eight sends",
    ]) {
      expect(performance).to.include(claim)
    }
    expect(constant("core/runtime/budget", "RECEIVE")).to.equal(8)
    for (const claim of [
      `${constant("transports/threads/life-sign", "WAITERS")} waiters last for years`,
      `At most ${kib("transports/stream/stream-limits", "WRITE_BUFFER")} are in flight`,
    ]) {
      expect(design.replaceAll(/\s+/g, " ")).to.include(claim)
    }
  })

  it("has a test at the same path for every source outside the root, or a reason for none", () => {
    const missing = sources.filter((file) => file.includes("/") && !hasTest(file))
    const together = TESTED_TOGETHER.flatMap(({ sources }) => sources)
    expect(missing).to.have.members([...Object.keys(NOTHING_TO_TEST), ...together])
    for (const { test } of TESTED_TOGETHER) expect(existsSync(join(root, "test", test)), test).to.equal(true)
  })
})

describe("lists of tests that are skipped", () => {
  const tests = readdirSync(join(root, "test"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".test.ts"))
    .map((file) => readFileSync(join(root, "test", file), "utf8"))

  it("name tests that exist, with I/O threads", () => {
    const missing = Object.keys(DIFFERENT).filter((title) => !tests.some((source) => hasFullTitle(source, title)))
    expect(missing).to.deep.equal([])
    const suites = Object.keys(DIFFERENT_SUITES).filter(
      (title) => !tests.some((source) => source.includes(`describe("${title}"`) || hasFullTitle(source, title)),
    )
    expect(suites).to.deep.equal([])
  })

  it("name tests that exist, in workerd", () => {
    const script = readFileSync(join(root, "scripts/runtimes/workerd.mjs"), "utf8")
    const list = /const MISSING = (\{.*?\n\})/s.exec(script)![1]!
    const titles = [...list.matchAll(/^ {2}"(.+?)":/gm)].map(([, title]) => title!)
    expect(titles).to.not.be.empty
    expect(titles.filter((title) => !tests.some((source) => hasFullTitle(source, title)))).to.deep.equal([])
  })
})

describe("tests", () => {
  it("load each module once, whether it is imported at the start or on first use", async () => {
    expect((await import("../src/zmtp/state.js")).NEXT_STATES).to.equal(NEXT_STATES)
  })

  it("belong to a suite of `npm run runtimes`, or are left out by name", () => {
    expect(testsWithoutSuite()).to.deep.equal([])
  })
})
