import { expect } from "chai"
import { spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { createServer, type Server } from "node:http"
import { connect, type AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import type { Browser } from "playwright-core"
import { build } from "vite"
import * as zmtp from "../src/index.js"
import { freePort } from "../test/support/endpoints.js"
import { nextEvent } from "../test/support/events.js"
import { skip } from "../test/support/skip.js"
import { CHROMIUM, launch } from "./support/browser.js"
import { closeAll, closing } from "./support/sockets.js"

const root = fileURLToPath(new URL("../", import.meta.url))
const NGINX = ["/usr/sbin/nginx", "/usr/local/sbin/nginx", "/usr/bin/nginx"].find(existsSync)
const GUIDE = readFileSync(join(root, "docs/guide/web-applications.md"), "utf8")

/** The code block of the guide that begins with a comment of this file name. */
function printed(name: string): string {
  const comment = `(?://|#|<!--) ${name.replaceAll(".", "\\.")}(?: -->)?`
  const fence = new RegExp(`^\`\`\`[^\n]*\n${comment}\n(.*?)^\`\`\`$`, "ms").exec(GUIDE)
  if (fence === null) throw new Error(`The guide has no ${name}`)
  return fence[1]!
}

describe("the guide to web applications", function () {
  this.timeout(60_000)
  let folder: string
  let servers: Server[]

  beforeEach(() => {
    servers = []
    folder = mkdtempSync(join(tmpdir(), "zmtp-web-"))
    mkdirSync(join(folder, "node_modules"))
    symlinkSync(root, join(folder, "node_modules/zmtp"), "dir")
    // Only the configuration imports Vite. In the project's own node_modules, Vite would treat itself as part of the project.
    mkdirSync(join(folder, "config/node_modules"), { recursive: true })
    symlinkSync(join(root, "node_modules/vite"), join(folder, "config/node_modules/vite"), "dir")
  })

  afterEach(() => {
    closeAll()
    for (const server of servers) {
      server.closeAllConnections()
      server.close()
    }
    rmSync(folder, { recursive: true, force: true })
  })

  /** Serves the files in `out` on the loopback interface. */
  async function serve(out: string): Promise<Server> {
    const server = createServer(({ url = "/" }, response) => {
      const file = join(out, url === "/" ? "index.html" : url)
      if (!existsSync(file)) {
        response.writeHead(404).end()
        return
      }
      response.writeHead(200, { "Content-Type": file.endsWith(".html") ? "text/html" : "text/javascript" })
      response.end(readFileSync(file))
    })
    servers.push(server)
    server.listen(0, "127.0.0.1")
    await once(server, "listening")
    return server
  }

  async function buildProject(): Promise<string> {
    for (const name of ["page.ts", "worker.ts", "index.html"]) writeFileSync(join(folder, name), printed(name))
    const configFile = join(folder, "config/vite.config.ts")
    writeFileSync(configFile, printed("vite.config.ts"))
    // Vite would search for the polyfill in the project, where Vite is not installed.
    const modulePreload = { polyfill: false }
    await build({ root: folder, base: "./", configFile, logLevel: "silent", build: { modulePreload } })
    return join(folder, "dist")
  }

  /** Publishes a message once the page has subscribed, and waits until the page shows it. */
  async function shows(browser: Browser, url: string, publisher: zmtp.XPublisher): Promise<void> {
    const page = await browser.newPage()
    const errors: string[] = []
    page.on("pageerror", (error) => errors.push(String(error)))
    await page.goto(url)
    await publisher.receive()
    await publisher.send(["news", "hello from the server"])
    await page.waitForFunction(() => document.querySelector("p")?.textContent === "HELLO FROM THE SERVER")
    expect(errors).to.deep.equal([])
    await page.close()
  }

  describe("Vite", () => {
    it("builds a page and a worker that run in Chromium", async function () {
      if (CHROMIUM === undefined) skip(this, "no Chromium here")
      const server = await serve(await buildProject())
      const publisher = closing(new zmtp.XPublisher())
      await zmtp.bindToServer(publisher, server, "/feed")
      const browser = await launch()
      try {
        await shows(browser, `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, publisher)
      } finally {
        await browser.close()
      }
    })

    for (const noExternal of [true, undefined]) {
      it(`renders a module on a server, ${noExternal ? "bundled" : "with the package as an external dependency"}`, async () => {
        writeFileSync(join(folder, "app.ts"), printed("app.ts"))
        await build({
          root: folder,
          configFile: false,
          logLevel: "silent",
          build: { ssr: "app.ts", outDir: "out", rolldownOptions: { output: { entryFileNames: "app.mjs" } } },
          ...(noExternal ? { ssr: { noExternal } } : {}),
        })
        const app = (await import(pathToFileURL(join(folder, "out/app.mjs")).href)) as {
          render(): string
          follow(endpoint: string, show: (text: string) => void): () => void
        }
        expect(app.render()).to.equal("<main></main>")
        const publisher = closing(new zmtp.XPublisher())
        await publisher.bind("ws://127.0.0.1:*")
        let leave = (): void => undefined
        const shown = new Promise<string>((show) => {
          leave = app.follow(publisher.lastEndpoint!, show)
        })
        await publisher.receive()
        await publisher.send("news")
        expect(await shown).to.equal("news")
        leave()
      })
    }
  })

  describe("nginx", () => {
    let port: number
    let stop: (() => Promise<void>) | undefined

    before(function () {
      if (NGINX === undefined) skip(this, "no nginx here")
    })

    /** Starts nginx as a reverse proxy of `server`, with the configuration of the guide. */
    async function start(server: Server, change: (config: string) => string = (config) => config): Promise<void> {
      port = await freePort()
      const upstream = (server.address() as AddressInfo).port
      const config = change(printed("nginx.conf"))
        .replace("listen 80;", `listen 127.0.0.1:${port};`)
        .replace("http://127.0.0.1:8080/", `http://127.0.0.1:${upstream}/`)
      const paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
        (name) => `${name}_temp_path ${folder}/${name};`,
      )
      writeFileSync(
        join(folder, "nginx.conf"),
        `daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/error.log;
        events {} http { access_log off; ${paths.join(" ")} ${config} }`,
      )
      const checked = spawnSync(NGINX!, ["-t", "-p", folder, "-c", join(folder, "nginx.conf")], { encoding: "utf8" })
      expect(checked.status, checked.stderr).to.equal(0)
      const child = spawn(NGINX!, ["-p", folder, "-c", join(folder, "nginx.conf")], { stdio: "ignore" })
      stop = async () => {
        child.kill("SIGKILL")
        await once(child, "exit")
      }
      // nginx listens shortly after it is started.
      while (!(await accepts(port))) await new Promise(setImmediate)
    }

    afterEach(async () => {
      await stop?.()
      stop = undefined
    })

    it("serves the page and the socket under a path prefix", async function () {
      if (CHROMIUM === undefined) skip(this, "no Chromium here")
      const server = await serve(await buildProject())
      const publisher = closing(new zmtp.XPublisher())
      await zmtp.bindToServer(publisher, server, "/feed")
      await start(server)
      const browser = await launch()
      try {
        await shows(browser, `http://127.0.0.1:${port}/app/`, publisher)
      } finally {
        await browser.close()
      }
    })

    it("accepts only pages whose origin is named by webSocketOrigin", async function () {
      if (CHROMIUM === undefined) skip(this, "no Chromium here")
      const server = await serve(await buildProject())
      await start(server)
      const browser = await launch()
      try {
        const origin = `http://page.example:${port}`
        for (const [path, webSocketOrigin] of [
          ["/other", undefined],
          ["/feed", origin],
        ] as const) {
          const publisher = closing(new zmtp.XPublisher(webSocketOrigin === undefined ? {} : { webSocketOrigin }))
          await zmtp.bindToServer(publisher, server, path)
          if (webSocketOrigin !== undefined) {
            await shows(browser, `${origin}/app/`, publisher)
            continue
          }
          const refused = nextEvent(publisher, "accept:error")
          const page = await browser.newPage()
          await page.goto(`${origin}/app/`)
          await page.evaluate(() => {
            new WebSocket("other", "ZWS2.0")
          })
          const { cause, code } = (await refused).error
          expect(code).to.equal("EACCES")
          expect((cause as Error).message).to.match(/to allow it, set the option webSocketOrigin/)
          await page.close()
        }
      } finally {
        await browser.close()
      }
    })

    it("keeps an idle connection if the socket has heartbeats, and closes it otherwise", async () => {
      const server = await serve(folder)
      const [idle, alive] = [closing(new zmtp.Router()), closing(new zmtp.Router({ heartbeatInterval: 200 }))]
      await zmtp.bindToServer(idle, server, "/idle")
      await zmtp.bindToServer(alive, server, "/alive")
      await start(server, (config) => config.replace("proxy_read_timeout 60s;", "proxy_read_timeout 1s;"))
      const clients = ["idle", "alive"].map((name) => {
        const dealer = closing(new zmtp.Dealer({ reconnectInterval: 0 }))
        dealer.connect(`ws://127.0.0.1:${port}/app/${name}`)
        return dealer
      }) as [zmtp.Dealer, zmtp.Dealer]
      for (const client of clients) await client.send("here")
      await Promise.all([idle.receive(), alive.receive()])
      await nextEvent(clients[0], "disconnect")
      await clients[1].send("still here")
      const [, text] = await alive.receive()
      expect(String(text)).to.equal("still here")
    })
  })
})

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1")
    socket.once("connect", () => {
      socket.destroy()
      resolve(true)
    })
    socket.once("error", () => {
      resolve(false)
    })
  })
}
