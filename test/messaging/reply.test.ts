import { expect } from "chai"
import { once } from "node:events"
import { libzmqPeers } from "../../interop/support/remote.js"
import { Dealer, Proxy, reply, Reply, Request, Requester, Router } from "../../src/index.js"
import { closing } from "../support/closing.js"
import { freeInproc } from "../support/endpoints.js"
import { caught } from "../support/receiving.js"

/** A promise, and the function that resolves it. */
function gate(): { passed: Promise<void>; open: () => void } {
  let open = (): void => undefined
  const passed = new Promise<void>((resolve) => {
    open = resolve
  })
  return { passed, open }
}

/** Replies "good" to all requests except "bad". */
function failsOnBad([question]: readonly Uint8Array[]): string {
  if (String(question) === "bad") throw new Error("broken")
  return "good"
}

describe("reply()", () => {
  const open = closing()

  async function bound<S extends Router | Reply>(socket: S): Promise<S> {
    open(socket)
    await socket.bind("tcp://127.0.0.1:*")
    return socket
  }

  it("sends an empty frame on a Reply if there is no reply, or an invalid one", async () => {
    const endpoint = freeInproc()
    const server = new Reply()
    await server.bind(endpoint)
    const answers = [[], Symbol("no message") as unknown as string, "fine"]
    const serving = reply(server, () => answers.shift())
    const request = new Request()
    request.connect(endpoint)
    for (const answer of ["", "", "fine"]) {
      await request.send("?")
      expect((await request.receive()).map(String)).to.deep.equal([answer])
    }
    request.close()
    server.close()
    await serving
  })

  describe("with libzmq peers", () => {
    const libzmq = libzmqPeers()

    for (const type of ["Router", "Reply"] as const) {
      it(`replies to a REQ on a ${type}`, async () => {
        const socket = await bound(type === "Router" ? new Router() : new Reply())
        const served = reply(socket, ([question]) => ["re:", question!])
        const peer = await libzmq.socket("Request")
        await peer.connect(socket.lastEndpoint!)
        for (const question of ["a", "b"]) {
          await peer.send(question)
          expect(await peer.receive()).to.deep.equal(["re:", question])
        }
        socket.close()
        await served
      })
    }

    it("replies to a DEALER with an envelope and one without", async () => {
      const socket = await bound(new Router())
      const served = reply(socket, (request) => request.map((frame) => `<${String(frame)}>`))
      const peer = await libzmq.socket("Dealer")
      await peer.connect(socket.lastEndpoint!)
      await peer.send("plain", "frames")
      expect(await peer.receive()).to.deep.equal(["<plain>", "<frames>"])
      await peer.send("hop", "", "body")
      expect(await peer.receive()).to.deep.equal(["hop", "", "<body>"])
      socket.close()
      await served
    })
  })

  it("handles requests concurrently, up to `concurrency`", async () => {
    const socket = await bound(new Router())
    const gates = new Map(["a", "b", "c"].map((name) => [name, gate()]))
    const begun: string[] = []
    const two = gate()
    const served = reply(
      socket,
      async ([name]) => {
        begun.push(String(name))
        if (begun.length === 2) two.open()
        await gates.get(String(name))!.passed
        return name
      },
      { concurrency: 2 },
    )
    const requester = open(new Requester(socket.lastEndpoint!, { timeout: -1 }))
    const answers = ["a", "b", "c"].map((name) => requester.request(name))
    await two.passed
    gates.get("b")!.open()
    expect(String(await answers[1])).to.equal("b")
    gates.get("c")!.open()
    expect(String(await answers[2])).to.equal("c")
    gates.get("a")!.open()
    expect(String(await answers[0])).to.equal("a")
    expect(begun).to.deep.equal(["a", "b", "c"])
    socket.close()
    await served
  })

  it("finishes pending requests when the signal aborts, then resolves", async () => {
    const socket = await bound(new Router())
    const controller = new AbortController()
    const [begun, wait] = [gate(), gate()]
    const served = reply(
      socket,
      async () => {
        begun.open()
        await wait.passed
        return "done"
      },
      { signal: controller.signal },
    )
    const requester = open(new Requester(socket.lastEndpoint!, { timeout: -1 }))
    const answer = requester.request("?")
    await begun.passed
    controller.abort()
    wait.open()
    await served
    expect(String(await answer)).to.equal("done")
    expect(socket.closed).to.equal(false)
  })

  it("replies with the result of `onError`", async () => {
    const socket = await bound(new Router())
    const served = reply(
      socket,
      () => {
        throw new Error("no such thing")
      },
      { onError: (error, [question]) => ["error", question!, (error as Error).message] },
    )
    const request = open(new Request())
    request.connect(socket.lastEndpoint!)
    await request.send("?")
    expect((await request.receive()).map(String)).to.deep.equal(["error", "?", "no such thing"])
    socket.close()
    await served
  })

  it("warns of an error without `onError`, and continues", async () => {
    const endpoint = freeInproc()
    const socket = open(new Reply())
    await socket.bind(endpoint)
    const warnings: string[] = []
    const listener = ({ message }: Error): void => void warnings.push(message)
    process.on("warning", listener)
    try {
      const served = reply(socket, failsOnBad)
      const request = open(new Request())
      request.connect(endpoint)
      const answers: string[] = []
      for (const question of ["bad", "good"]) {
        await request.send(question)
        answers.push(String(await request.receive()))
      }
      expect(answers).to.deep.equal(["", "good"])
      await new Promise(setImmediate)
      expect(warnings).to.deep.equal(["Request was not answered: Error: broken"])
      socket.close()
      await served
    } finally {
      process.off("warning", listener)
    }
  })

  it("sends nothing if the handler returns nothing", async () => {
    const socket = await bound(new Router())
    const served = reply(socket, ([question], { peer }) => {
      expect(String(peer)).to.equal("d")
      return String(question) === "note" ? undefined : "answer"
    })
    const dealer = open(new Dealer({ routingId: "d" }))
    dealer.connect(socket.lastEndpoint!)
    await dealer.send("note")
    await dealer.send("question")
    expect(String(await dealer.receive())).to.equal("answer")
    socket.close()
    await served
  })

  it("drops the reply to a disconnected client", async () => {
    const socket = await bound(new Router({ mandatory: true, sendTimeout: 0 }))
    const [begun, wait, over] = [gate(), gate(), gate()]
    const controller = new AbortController()
    const served = reply(
      socket,
      async () => {
        begun.open()
        await wait.passed
        over.open()
        return "late"
      },
      { signal: controller.signal },
    )
    const left = new Promise((resolve) => socket.events.on("disconnect", resolve))
    const dealer = new Dealer({ linger: 0 })
    dealer.connect(socket.lastEndpoint!)
    await dealer.send("?")
    await begun.passed
    dealer.close()
    await left
    wait.open()
    await over.passed
    controller.abort()
    await served
  })

  it("warns if `onError` throws, too, and continues", async () => {
    const endpoint = freeInproc()
    const socket = open(new Router())
    await socket.bind(endpoint)
    const warning = once(process, "warning")
    const served = reply(socket, failsOnBad, {
      onError: () => {
        throw new Error("worse")
      },
    })
    const dealer = open(new Dealer())
    dealer.connect(endpoint)
    await dealer.send("bad")
    expect(((await warning) as [Error])[0].message).to.equal("Request was not answered: Error: worse")
    await dealer.send("good")
    expect(String(await dealer.receive())).to.equal("good")
    socket.close()
    await served
  })

  const unspeakable: Record<string, () => unknown> = {
    "an object without text": () => Object.create(null) as unknown,
    "an object whose text throws": () => ({
      toString() {
        throw new Error("no text")
      },
    }),
    "a symbol": () => Symbol("fault"),
  }
  for (const [what, make] of Object.entries(unspeakable)) {
    for (const where of ["answer", "onError", "an async onError"] as const) {
      it(`warns when ${where} throws ${what}, and continues`, async () => {
        const endpoint = freeInproc()
        const socket = open(new Reply())
        await socket.bind(endpoint)
        const warning = once(process, "warning")
        const fail = (): never => {
          throw make()
        }
        const served = reply(
          socket,
          ([question]) => {
            if (String(question) === "good") return "fine"
            return where === "answer" ? fail() : Promise.reject(new Error("first"))
          },
          where === "answer" ? {} : { onError: where === "onError" ? fail : () => Promise.resolve().then(fail) },
        )
        const request = open(new Request())
        request.connect(endpoint)
        const answers: string[] = []
        for (const question of ["bad", "good"]) {
          await request.send(question)
          answers.push(String(await request.receive()))
        }
        expect(answers).to.deep.equal(["", "fine"])
        expect(((await warning) as [Error])[0].message).to.equal(
          `Request was not answered: ${what === "a symbol" ? "Symbol(fault)" : "a value that cannot be converted to text"}`,
        )
        socket.close()
        await served
      })
    }
  }

  it("replies with the resolved result of `onError`", async () => {
    const socket = await bound(new Router())
    const served = reply(
      socket,
      () => {
        throw new Error("no such thing")
      },
      { onError: (error) => Promise.resolve(["error", (error as Error).message]) },
    )
    const request = open(new Request())
    request.connect(socket.lastEndpoint!)
    await request.send("?")
    expect((await request.receive()).map(String)).to.deep.equal(["error", "no such thing"])
    socket.close()
    await served
  })

  it("rejects if a Reply cannot even send an empty frame", async () => {
    const endpoint = freeInproc()
    const socket = open(new Reply())
    await socket.bind(endpoint)
    const [begun, wait] = [gate(), gate()]
    const served = caught(
      reply(socket, async () => {
        begun.open()
        await wait.passed
        return "late"
      }),
    )
    const request = open(new Request())
    request.connect(endpoint)
    await request.send("?")
    await begun.passed
    const other = open(new Router())
    await other.bind(freeInproc())
    const proxy = new Proxy(socket, other)
    const running = proxy.run()
    wait.open()
    const error = await served
    expect(error).to.include({ code: "EBUSY" })
    expect(String(error.cause)).to.contain("A proxy is running on this socket")
    proxy.terminate()
    await running
  })

  it("continues while the socket binds and unbinds another endpoint", async () => {
    const [endpoint, again] = [freeInproc(), freeInproc()]
    const socket = open(new Router())
    await socket.bind(endpoint)
    const served = reply(socket, ([name]) => {
      void socket[String(name) as "bind" | "unbind"](again)
      return "answer"
    })
    const request = open(new Request())
    request.connect(endpoint)
    for (const operation of ["bind", "unbind"]) {
      await request.send(operation)
      expect(String(await request.receive())).to.equal("answer")
    }
    socket.close()
    await served
  })

  it("rejects a handler that is not a function", async () => {
    const socket = open(new Router())
    expect(await caught(reply(socket, "answer" as never))).to.be.an.instanceOf(TypeError)
  })

  it("rejects with the error of the socket, unless it was closed", async () => {
    const socket = open(new Router())
    const others = Array.from({ length: 1000 }, () => caught(socket.receive()))
    expect(await caught(reply(socket, () => "never"))).to.include({ code: "EBUSY" })
    socket.close()
    await Promise.all(others)
  })

  it("rejects a concurrency of 0: EINVAL", async () => {
    const socket = open(new Router())
    expect(await caught(reply(socket, () => "never", { concurrency: 0 }))).to.include({ code: "EINVAL" })
  })
})
