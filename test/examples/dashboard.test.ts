import { expect } from "chai"
import { existsSync } from "node:fs"
import { chromium, type Browser } from "playwright-core"
import { closing } from "../support/closing.js"
import { ExampleFolder } from "../support/example.js"
import type { Program } from "../support/program.js"

const browsers = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"]
const executablePath = browsers.find((path) => existsSync(path))

describe("the example of a dashboard", function () {
  this.timeout(120_000)
  const open = closing()
  let program: Program
  let address: string

  beforeEach(async () => {
    program = open(open(new ExampleFolder("dashboard")).start("main.js"))
    address = (await program.says(/http:\S+/, "stdout"))[0]
  })

  it("reports changes of the sockets' stats as server-sent events", async () => {
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
    program.interrupt()
    expect((await program.end()).code).to.equal(0)
  })

  const browserTest = executablePath === undefined ? it.skip : it
  const reason = executablePath === undefined ? " (skipped: no Chromium here)" : ""
  describe("in Chromium", () => {
    let browser: Browser | undefined

    afterEach(() => browser?.close())

    browserTest(`draws live traffic, and shows when it has ended${reason}`, async () => {
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

      program.interrupt()
      expect((await program.end()).code).to.equal(0)
      await page.waitForFunction(() => document.querySelector("#state")!.className === "lost")
    })
  })
})
