export default {
  "arguments and states": async ({ zmq, say, outcome, closing, address }) => {
    const [router, dealer] = [closing(new zmq.Router({ linger: 0 })), closing(new zmq.Dealer({ linger: 0 }))]
    for (const attempt of [
      [],
      [router],
      [1, 2],
      [router, 1],
      [{}, {}],
      [router, {}],
      [router, dealer, 1],
      [null, null],
    ]) {
      const { thrown, gives } = await outcome(() => (new zmq.Proxy(...attempt), "made"))
      say(thrown?.kind, thrown?.message, gives)
    }
    const proxy = new zmq.Proxy(router, dealer)
    say(proxy.frontEnd === router, proxy.backEnd === dealer, Object.keys(proxy))
    say(await outcome(() => (proxy.frontEnd = dealer)), await outcome(() => (proxy.backEnd = dealer)))
    for (const command of ["pause", "resume", "terminate"]) say(command, await outcome(() => proxy[command]()))
    say(await outcome(() => proxy.run()))
    await router.bind(address("tcp"))
    say(await outcome(() => proxy.run()))
    router.close()
    say(await outcome(() => proxy.run()))
  },

  "run, pause, resume, terminate": async ({ zmq, say, outcome, closing, address, text }) => {
    const [front, back] = [closing(new zmq.Router({ linger: 0 })), closing(new zmq.Dealer({ linger: 0 }))]
    await front.bind(address("tcp"))
    const client = closing(new zmq.Request({ linger: 0 }))
    const server = closing(new zmq.Reply({ linger: 0 }))
    client.connect(front.lastEndpoint)
    await back.bind(address("tcp"))
    server.connect(back.lastEndpoint)
    const proxy = new zmq.Proxy(front, back)
    const run = proxy.run()
    for (const [what, act] of Object.entries({
      send: () => front.send("x"),
      receive: () => back.receive(),
      bind: () => front.bind("tcp://127.0.0.1:*"),
      connect: () => back.connect("tcp://127.0.0.1:1"),
    })) {
      say(what, await outcome(() => act()))
    }
    await client.send(["question", ""])
    say(text(await server.receive()))
    await server.send(["answer", "", "2"])
    say(text(await client.receive()))
    say(proxy.pause(), proxy.resume())
    front.close()
    say(front.closed, proxy.terminate())
    await run
    say(front.closed, back.closed, await outcome(() => proxy.pause()), await outcome(() => proxy.terminate()))
    say(await outcome(() => proxy.run()))
  },

  "commands immediately after run": async ({ zmq, say, closing, address }) => {
    const [front, back] = [closing(new zmq.XSubscriber()), closing(new zmq.XPublisher({ linger: 0 }))]
    await front.bind(address("inproc"))
    await back.bind(address("inproc"))
    const proxy = new zmq.Proxy(front, back)
    const run = proxy.run()
    proxy.pause()
    proxy.resume()
    proxy.terminate()
    say(await run, front.closed, back.closed)
  },

  "publishers and subscribers on either side": async ({ zmq, say, closing, address, text }) => {
    const [front, back] = [closing(new zmq.XSubscriber()), closing(new zmq.XPublisher({ linger: 0 }))]
    await front.bind(address("tcp"))
    await back.bind(address("tcp"))
    const [publisher, subscriber] = [closing(new zmq.XPublisher({ linger: 0 })), closing(new zmq.Subscriber())]
    publisher.connect(front.lastEndpoint)
    subscriber.connect(back.lastEndpoint)
    const proxy = new zmq.Proxy(front, back)
    const run = proxy.run()
    subscriber.subscribe("a")
    say(text(await publisher.receive()))
    const received = subscriber.receive()
    await publisher.send(["b", "no"])
    await publisher.send(["abc", "yes"])
    say(text(await received))
    subscriber.unsubscribe("a")
    say(text(await publisher.receive()))
    proxy.terminate()
    await run
  },

  "tasks through a proxy keep their order": async ({ zmq, say, closing, address, text }) => {
    const [front, back] = [closing(new zmq.Pull()), closing(new zmq.Push({ linger: 0 }))]
    await front.bind(address("tcp"))
    await back.bind(address("tcp"))
    const [push, pull] = [closing(new zmq.Push({ linger: 0 })), closing(new zmq.Pull())]
    push.connect(front.lastEndpoint)
    pull.connect(back.lastEndpoint)
    const proxy = new zmq.Proxy(front, back)
    const run = proxy.run()
    const sending = (async () => {
      for (let index = 0; index < 2000; index++) await push.send([String(index), "x"])
    })()
    const received = []
    while (received.length < 2000) received.push(Number(text(await pull.receive())[0]))
    await sending
    say(received.every((number, index) => number === index))
    proxy.terminate()
    await run
  },
}
