import { expect } from "chai"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { FORMAT, formatOf } from "../../src/cli/format.js"
import { INPUT, messagesOf, readsStdin } from "../../src/cli/input.js"
import { givenFor } from "../support/given.js"
import { caught } from "../support/receiving.js"

describe("the input of the command line", () => {
  let folder: string
  before(() => (folder = mkdtempSync(join(tmpdir(), "zmtp-input-"))))
  after(() => {
    rmSync(folder, { recursive: true })
  })

  function fileWith(content: string | Buffer): string {
    const path = join(folder, "input")
    writeFileSync(path, content)
    return path
  }

  /** The messages that a command line specifies, with frames as text. */
  async function messages(args: readonly string[], count?: number, signal?: AbortSignal): Promise<string[][]> {
    const given = givenFor([INPUT, FORMAT], args, signal)
    const found: string[][] = []
    for await (const frames of messagesOf(given, await formatOf(given, undefined), count)) {
      found.push(frames.map((frame) => (typeof frame === "string" ? frame : Buffer.from(frame as Buffer).toString())))
    }
    return found
  }

  it("consists of the messages on the command line, each once, or as many times as requested", async () => {
    expect(await messages(["a\tb", "c"])).to.deep.equal([["a", "b"], ["c"]])
    expect(await messages(["a", "b"], 3)).to.deep.equal([["a"], ["b"], ["a"]])
    expect(await messages(["a", "b"], 0)).to.deep.equal([])
  })

  it("consists of the lines of a file, with any line ending", async () => {
    const path = fileWith("one\r\ntwo\tframes\n\nlast")
    expect(await messages(["--file", path])).to.deep.equal([["one"], ["two", "frames"], [""], ["last"]])
    expect(await messages(["--file", path], 1)).to.deep.equal([["one"]])
  })

  it("consists of the messages in a binary file", async () => {
    // Number of frames, then the length and bytes of each one (docs/cli.md).
    const path = fileWith(Buffer.from("00000002000000016100000000000000010000000162", "hex"))
    expect(await messages(["--binary", "--file", path])).to.deep.equal([["a", ""], ["b"]])
  })

  it("fails at the end of a binary file that ends within a message", async () => {
    const path = fileWith(Buffer.from("0000000100000005616263", "hex"))
    expect((await caught(messages(["--binary", "--file", path]))).message).to.equal(
      "Incomplete message at the end of the input",
    )
  })

  it("fails if the file does not exist", async () => {
    for (const format of [[], ["--binary"]]) {
      const attempt = messages([...format, "--file", join(folder, "missing")])
      expect((await caught(attempt)).code).to.equal("ENOENT")
    }
  })

  it("ends when the command is interrupted, even between two messages", async () => {
    expect(await messages(["a", "b"], undefined, AbortSignal.abort())).to.deep.equal([])
    const controller = new AbortController()
    const given = givenFor([INPUT, FORMAT], ["--interval", "1000000", "a", "b"], controller.signal)
    const found: unknown[] = []
    for await (const message of messagesOf(given, await formatOf(given, undefined), undefined)) {
      found.push(message)
      setImmediate(() => {
        controller.abort()
      })
    }
    expect(found).to.deep.equal([["a"]])
  })

  it("comes from stdin without messages and without a file", () => {
    const reads = (...args: string[]): boolean => readsStdin(givenFor([INPUT], args))
    expect([reads(), reads("--file", "-"), reads("--file", "x"), reads("message")]).to.deep.equal([
      true,
      true,
      false,
      false,
    ])
  })
})
