import { expect } from "chai"
import { chromium, type Browser } from "playwright-core"
import { CHROMIUM } from "../../interop/support/browser.js"
import { Subscriber } from "../../src/index.js"
import { closing } from "../support/closing.js"
import { ExampleFolder } from "../support/example.js"
import type { Program } from "../support/program.js"
import { skip } from "../support/skip.js"

describe("examples/live-feed", function () {
  this.timeout(120_000)
  const open = closing()
  let server: Program
  let address: string

  beforeEach(async () => {
    server = open(open(new ExampleFolder("live-feed")).start("server.js", ["0"]))
    address = (await server.says(/^Open (http:\S+)$/m, "stdout"))[1]!
  })

  it("serves the page and the library, and publishes on the same port", async () => {
    expect(await (await fetch(address)).text()).to.include('from "/index.js"')
    expect((await fetch(`${address}index.js`)).headers.get("content-type")).to.include("text/javascript")
    expect((await fetch(`${address}nothing`)).status).to.equal(404)
    const subscriber = open(new Subscriber())
    subscriber.subscribe("tea")
    subscriber.connect(`${address.replace("http", "ws")}feed`)
    const [name, body] = await subscriber.receive()
    expect([String(name), JSON.parse(String(body))]).to.have.nested.property("[1].price")
    server.interrupt()
    expect((await server.end()).code).to.equal(0)
  })

  it("shows live prices in Chromium", async function () {
    if (CHROMIUM === undefined) skip(this, "no Chromium here")
    const browser: Browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: ["--no-sandbox"],
      timeout: 60_000,
    })
    try {
      const page = await browser.newPage()
      await page.goto(address)
      await page.waitForFunction(`/^\\d+\\.\\d{3}$/.test(document.querySelector("#coffee").textContent)`)
      expect(await page.textContent("#state")).to.equal("live")
      await server.close()
      await page.waitForFunction(`/reconnecting/.test(document.querySelector("#state").textContent)`)
    } finally {
      await browser.close()
    }
  })
})
