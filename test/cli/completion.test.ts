import { expect } from "chai"
import { execFileSync } from "node:child_process"
import { Cli } from "../support/cli.js"
import { skip } from "../support/skip.js"

/** Bash's completions for these words, the last of which is incomplete. */
function completed(script: string, ...words: string[]): string[] {
  const program = `${script}
COMP_WORDS=(${words.map((word) => `'${word}'`).join(" ")})
COMP_CWORD=${words.length - 1}
_zmtp
printf '%s\\n' "\${COMPREPLY[@]}"`
  const output = execFileSync("bash", ["--norc", "-c", program], { encoding: "utf8" })
  return output.split("\n").filter((line) => line !== "")
}

describe("zmtp completion", () => {
  let script: string

  before(async function () {
    if (process.platform === "win32") skip(this, "no bash")
    script = (await Cli.run(["completion", "bash"])).stdout
  })

  it("completes commands in bash", () => {
    expect(completed(script, "zmtp", "pu")).to.have.members(["pub", "pull", "push"])
    expect(completed(script, "zmtp", "--v")).to.deep.equal(["--version"])
    expect(completed(script, "zmtp", "help", "keyg")).to.deep.equal(["keygen"])
  })

  it("completes the options of a command, their values, and the words of its first argument", () => {
    expect(completed(script, "zmtp", "pull", "--time")).to.have.members(["--timeout", "--timestamp"])
    expect(completed(script, "zmtp", "pull", "--format", "m")).to.deep.equal(["msgpack"])
    expect(completed(script, "zmtp", "pull", "-f", "he")).to.deep.equal(["hex"])
    expect(completed(script, "zmtp", "completion", "z")).to.deep.equal(["zsh"])
  })

  it("completes files for options that name one, and nothing for other values", () => {
    expect(completed(script, "zmtp", "push", "--file", "package.js")).to.deep.equal(["package.json"])
    expect(completed(script, "zmtp", "push", "--connect", "package.js")).to.deep.equal([])
  })

  it("prints scripts for zsh and fish that name every option", async () => {
    for (const [shell, option] of [
      ["zsh", "--curve-server-key["],
      ["fish", "-l curve-server-key"],
    ] as const) {
      const { code, stdout } = await Cli.run(["completion", shell])
      expect([code, stdout.includes(option)], shell).to.deep.equal([0, true])
    }
  })

  it("rejects other shells", async () => {
    for (const args of [[], ["tcsh"], ["bash", "zsh"], ["toString"]]) {
      const { code, stderr } = await Cli.run(["completion", ...args])
      expect(code).to.equal(2)
      expect(stderr).to.include(`Invalid shell '${args.join(" ")}': expected bash, zsh, or fish`)
    }
  })
})
