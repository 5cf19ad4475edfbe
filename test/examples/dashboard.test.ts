import { expect } from "chai"
import { spawn, type ChildProcessByStdio } from "node:child_process"
import { once } from "node:events"
import { existsSync } from "node:fs"
import type { Readable } from "node:stream"
import { chromium, type Browser } from "playwright-core"
import { TYPESCRIPT } from "../support/runtime.js"

const root = new URL("../../", import.meta.url)
const browsers = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"]
const executablePath = browsers.find((path) => existsSync(path))

describe("the example of a dashboard", function () {
  this.timeout(120_000)
  let child: ChildProcessByStdio<null, Readable, null>
  let exit: Promise<unknown[]>
  let address: string

  beforeEach(async () => {
    const program = new URL("examples/dashboard/main.ts", root).pathname
    child = spawn(process.execPath, [...TYPESCRIPT, program], { cwd: root, stdio: ["ignore", "pipe", "inherit"] })
    exit = once(child, "exit")
    const [line] = (await once(child.stdout, "data")) as [Buffer]
    address = /http:\S+/.exec(line.toString())![0]
  })

  afterEach(async () => {
    if (child.exitCode === null) child.kill("SIGKILL")
    await exit
  })

  it("SHALL tell of the sockets' stats as they change, as server-sent events", async () => {
    const response = await fetch(`${address}events`)
    expect(response.headers.get("content-type")).to.equal("text/event-stream")
    const counts: number[] = []
    let rest = ""
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      const events = (rest + chunk).split("\n\n")
      rest = events.pop()!
      for (const event of events.filter((event) => event.startsWith("data: "))) {
        const { sockets } = JSON.parse(event.slice(6)) as { sockets: { name: string; received: number }[] }
        counts.push(sockets.find(({ name }) => name === "sink")!.received)
      }
      if (counts.length >= 2) break
    }
    expect(counts.at(-1)).to.be.greaterThan(counts[0]!)
    expect((await fetch(`${address}else`)).status).to.equal(404)
    process.kill(child.pid!, "SIGINT")
    expect((await exit)[0]).to.equal(0)
  })

  const browserTest = executablePath === undefined ? it.skip : it
  const reason = executablePath === undefined ? " (skipped: no Chromium here)" : ""
  describe("in Chromium", () => {
    let browser: Browser | undefined

    afterEach(() => browser?.close())

    browserTest(`SHALL draw live traffic, and say so when it is over${reason}`, async () => {
      browser = await chromium.launch({ executablePath: executablePath!, args: ["--no-sandbox"], timeout: 60_000 })
      const page = await browser.newPage()
      page.setDefaultTimeout(60_000)
      const errors: string[] = []
      page.on("pageerror", ({ message }) => errors.push(message))
      await page.goto(address)

      await page.waitForFunction(() => document.querySelector("#state")!.textContent === "live")
      await page.waitForFunction(() => {
        const curve = document.querySelector("#messages [data-series=received]")?.getAttribute("d") ?? ""
        const sink = document.querySelector<HTMLTableRowElement>("[data-socket=sink]")
        return curve.split("L").length > 3 && Number(sink?.cells[5]!.textContent.replace(/\D/g, "")) > 0
      })
      const names = await page.$$eval("[data-socket] th", (cells) => cells.map((cell) => cell.textContent))
      expect(names).to.deep.equal([
        "ventilator",
        ...["worker 1", "worker 2", "worker 3"],
        "sink",
        "news",
        ...["reader 1", "reader 2"],
      ])
      expect(errors).to.deep.equal([])

      process.kill(child.pid!, "SIGINT")
      expect((await exit)[0]).to.equal(0)
      await page.waitForFunction(() => document.querySelector("#state")!.className === "lost")
    })
  })
})
