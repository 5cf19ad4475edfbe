import { createRequire } from "node:module"
import { expect, test } from "vitest"
import { Socket } from "zmtp"
import { run } from "./everything.mjs"

test("everything runs", async () => {
  expect(await run()).toBe("tcp curve ws draft v5 one")
})

test("import and require load the same classes", () => {
  expect(createRequire(import.meta.url)("zmtp").Socket).toBe(Socket)
})

// The program in docs/guide/web-applications.md for pages that import zmtp/browser.
test("zmtp/browser runs in Node, too", async () => {
  const { Subscriber, useWebSockets } = await import("zmtp/browser")
  const { XPublisher } = await import("zmtp")
  useWebSockets()
  const [publisher, subscriber] = [new XPublisher(), new Subscriber()]
  await publisher.bind("ws://127.0.0.1:*")
  subscriber.subscribe()
  subscriber.connect(publisher.lastEndpoint)
  await publisher.receive()
  await publisher.send("news")
  const [text] = await subscriber.receive()
  expect(new TextDecoder().decode(text)).toBe("news")
  publisher.close()
  subscriber.close()
})
