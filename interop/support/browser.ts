import { build } from "esbuild"
import { existsSync } from "node:fs"
import { once } from "node:events"
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { chromium, type Browser } from "playwright-core"

/** Path of the browser, if one is installed. */
export const CHROMIUM = ["/usr/bin/chromium", "/usr/bin/chromium-browser"].find(existsSync)

/** The library as a script for pages and workers, with the global name `zmtp`. */
export async function bundle(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [new URL("../../src/browser.ts", import.meta.url).pathname],
    bundle: true,
    write: false,
    platform: "browser",
    format: "iife",
    globalName: "zmtp",
    target: "es2022",
  })
  return outputFiles[0]!.text
}

/** A file that a server provides to pages. */
export interface PageFile {
  readonly type: string
  readonly body: string
  readonly headers?: Readonly<Record<string, string>>
}

/** A page that loads the library and runs `script`. */
export function html(script = "", headers: Readonly<Record<string, string>> = {}): PageFile {
  const body = `<!doctype html><script src="/zmtp.js"></script><script>${script}</script>`
  return { type: "text/html", body, headers }
}

/** A script. Workers load the library by `importScripts("/zmtp.js")`. */
export function script(body: string): PageFile {
  return { type: "text/javascript", body }
}

/** Starts an HTTP server on loopback with `files`, by their paths, and `/zmtp.js`. */
export async function serveFiles(files: Readonly<Record<string, PageFile>>): Promise<Server> {
  const all: Record<string, PageFile | undefined> = { ...files, "/zmtp.js": script(await bundle()) }
  const server = createServer(({ url = "/" }, response) => {
    const file = all[url.split("?", 1)[0]!]
    response.writeHead(file === undefined ? 404 : 200, {
      "Content-Type": file?.type ?? "text/plain",
      ...file?.headers,
    })
    response.end(file?.body)
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  return server
}

export function originOf(server: Server, host = "127.0.0.1"): string {
  return `http://${host}:${(server.address() as AddressInfo).port}`
}

/** Starts the browser. It resolves `page.example` to the loopback address. */
export function launch(): Promise<Browser> {
  const args = ["--no-sandbox", "--host-resolver-rules=MAP page.example 127.0.0.1"]
  return chromium.launch({ executablePath: CHROMIUM!, args })
}
