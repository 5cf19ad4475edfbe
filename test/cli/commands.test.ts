import { expect } from "chai"
import { execFile, execFileSync, spawnSync } from "node:child_process"
import { readFileSync, writeFileSync } from "node:fs"
import { promisify } from "node:util"
import { parse } from "../../src/cli/command.js"
import { COMMANDS } from "../../src/cli/commands.js"
import { everyOption, helpOf, label, OVERVIEW_EXAMPLES } from "../../src/cli/help.js"
import { manualPage } from "../../src/cli/man.js"
import { Cli } from "../support/cli.js"
import { closing } from "../support/closing.js"
import { SocketFolder } from "../support/endpoints.js"
import { skip } from "../support/skip.js"

const path = (name: string): string => new URL(`../../${name}`, import.meta.url).pathname
const run = promisify(execFile)

/** Splits a shell command into words, without quotes. */
const wordsOf = (command: string): string[] =>
  Array.from(command.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g), ([, single, double, bare]) => single ?? double ?? bare!)

const isInstalled = (program: string): boolean => spawnSync(program, ["--version"]).error === undefined

describe("the commands of the command line", () => {
  const open = closing()

  it("have examples that their options accept", () => {
    const examples = [...COMMANDS.flatMap(({ examples }) => examples), ...OVERVIEW_EXAMPLES]
    const lines = examples.flatMap(({ command }) => command.split("\n"))
    let parsed = 0
    for (const part of lines.flatMap((line) => line.split(/ \| |; |"\$\(|\)"/))) {
      const [program, name, ...argv] = wordsOf(part.replace(/ >.*/, ""))
      if (program !== "zmtp") continue
      const command = COMMANDS.find((command) => command.name === name)
      expect(command, part).not.to.equal(undefined)
      const { positionals } = parse(command!, argv, new AbortController().signal)
      if (command!.words !== undefined) expect(command!.words, part).to.include(positionals[0])
      parsed++
    }
    expect(parsed).to.be.at.least(COMMANDS.length)
  })

  for (const command of COMMANDS) {
    it(`show examples, every option once, and exit codes in their help: ${command.name}`, async () => {
      const { code, stdout } = await Cli.run([command.name, "--help"])
      expect([code, stdout]).to.deep.equal([0, helpOf(command)])
      expect(stdout.startsWith(`Usage: zmtp ${command.name}`)).to.equal(true)
      for (const { command: example } of command.examples) expect(stdout).to.include(`  ${example.split("\n")[0]!}\n`)
      for (const [name, rule] of Object.entries(everyOption(command))) {
        expect(stdout.split(`\n  ${label(name, rule)} `), name).to.have.length(2)
      }
      expect(stdout).to.match(/\nExit codes:\n {2}0 {2}/)
      expect(stdout.split("\n").filter((line) => line.length > 125)).to.deep.equal([])
    })
  }

  it("do not treat --help after -- as an option", async () => {
    const { code } = await Cli.run(["keygen", "--", "--help"])
    expect(code).to.equal(2)
  })

  it("suggest the most similar command", async () => {
    const { code, stderr } = await Cli.run(["pusch"])
    expect([code, stderr]).to.deep.equal([2, "zmtp: Unknown command 'pusch'; did you mean push?\nTry 'zmtp --help'.\n"])
  })

  describe("in completion scripts", () => {
    const script = async (shell: string): Promise<string> => (await Cli.run(["completion", shell])).stdout

    for (const shell of ["bash", "zsh", "fish"]) {
      it(`are complete, with every option: ${shell}`, async () => {
        const text = await script(shell)
        for (const command of COMMANDS) {
          expect(text).to.match(new RegExp(`\\b${command.name}\\b`))
          for (const name of Object.keys(everyOption(command))) {
            expect(text).to.include(shell === "fish" ? `seen_subcommand_from ${command.name}'` : `--${name}`)
            if (shell === "fish") expect(text).to.match(new RegExp(`from ${command.name}'.* -l ${name}\\b`))
          }
        }
      })
    }

    it("are completed with options, arguments, choices, and files in bash", async function () {
      if (!isInstalled("bash")) skip(this, "bash is not installed")
      const folder = open(new SocketFolder())
      writeFileSync(`${folder.path}/key_secret`, "")
      writeFileSync(`${folder.path}/zmtp.bash`, await script("bash"))
      const complete = async (...words: string[]): Promise<string[]> => {
        const array = ["zmtp", ...words].map((word) => `'${word}'`).join(" ")
        const program = `. ./zmtp.bash; COMP_WORDS=(${array}); COMP_CWORD=${words.length}; _zmtp; printf '%s\\n' "\${COMPREPLY[@]}"`
        const { stdout } = await run("bash", ["--norc", "-c", program], { cwd: folder.path })
        return stdout.split("\n").filter((line) => line !== "")
      }
      expect(await complete("pu")).to.have.members(["pub", "pull", "push"])
      expect(await complete("help", "mon")).to.deep.equal(["monitor"])
      expect(await complete("proxy", "")).to.deep.equal(["forwarder", "queue", "streamer"])
      expect(await complete("sub", "--t")).to.have.members([
        "--topic",
        "--timeout",
        "--timestamp",
        "--template",
        "--transport",
        "--tls-cert",
        "--tls-key",
        "--tls-ca",
      ])
      expect(await complete("pull", "--format", "")).to.deep.equal(["text", "raw", "hex", "json", "msgpack"])
      expect(await complete("pull", "-f", "h")).to.deep.equal(["hex"])
      expect(await complete("pull", "--curve-secret", "key")).to.deep.equal(["key_secret"])
      expect(await complete("pull", "--count", "")).to.deep.equal([])
    })

    it("form a script that zsh accepts", async function () {
      if (!isInstalled("zsh")) skip(this, "zsh is not installed")
      execFileSync("zsh", ["-n"], { input: await script("zsh") })
    })

    it("are completed with options, arguments, and choices in fish", async function () {
      if (!isInstalled("fish")) skip(this, "fish is not installed")
      // fish must not read the program from stdin: it cannot read from the socket that a child process has there.
      const program = `${open(new SocketFolder()).path}/zmtp.fish`
      const lines = ["zmtp pu", "zmtp proxy ", "zmtp pull -f "].map((line) => `complete -C '${line}'\n`)
      writeFileSync(program, `${await script("fish")}\n${lines.join("")}`)
      const { stdout } = await run("fish", ["--no-config", program])
      const words = stdout
        .trimEnd()
        .split("\n")
        .map((line) => line.split("\t")[0]!)
      expect(words).to.have.members([
        "pub",
        "pull",
        "push",
        "forwarder",
        "queue",
        "streamer",
        "text",
        "raw",
        "hex",
        "json",
        "msgpack",
      ])
    })

    it("are refused for an unknown shell, with a list of the supported ones", async () => {
      const { code, stderr } = await Cli.run(["completion", "csh"])
      expect([code, stderr.split("\n")[0]]).to.deep.equal([2, "zmtp: Invalid shell 'csh': expected bash, zsh, or fish"])
    })
  })

  describe("in the manual page", () => {
    it("match the table of commands, in the file that the package installs", async () => {
      const manifest = JSON.parse(readFileSync(path("package.json"), "utf8")) as { man: string; files: string[] }
      expect(manifest.files).to.include("man")
      const page = manualPage(COMMANDS)
      expect(readFileSync(path(manifest.man), "utf8")).to.equal(page)
      expect((await Cli.run(["man"])).stdout).to.equal(page)
    })

    it("are readable by man without warnings, with every command and option", async function () {
      if (!isInstalled("groff")) skip(this, "groff is not installed")
      const { stdout, stderr } = await run("groff", ["-man", "-Tutf8", "-Kutf8", "-ww", "-P-cbou", path("man/zmtp.1")])
      expect(stderr).to.equal("")
      for (const command of COMMANDS) {
        expect(stdout).to.match(new RegExp(`^ {3}zmtp ${command.name}\\b`, "m"))
        for (const [name, rule] of Object.entries(everyOption(command))) {
          expect(stdout.replaceAll("‐", "-"), name).to.include(label(name, rule))
        }
      }
    })
  })
}).timeout(60_000)
