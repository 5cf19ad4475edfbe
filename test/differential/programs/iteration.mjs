export default {
  "the iterator": async ({ zmq, say, differs, outcome, closing, listen }) => {
    const [push, pull] = [closing(new zmq.Push({ linger: 0 })), closing(new zmq.Pull())]
    push.connect(await listen(pull, "inproc"))
    const iterator = pull[Symbol.asyncIterator]()
    say(Object.keys(iterator), typeof iterator.throw, typeof iterator[Symbol.asyncIterator])
    differs("return of an iterator", typeof iterator.return)
    await push.send("1")
    say(await iterator.next())
    const waiting = iterator.next()
    await push.send("2")
    say(await waiting)
    const last = iterator.next()
    pull.close()
    say(Object.keys(await last), await last, Object.keys(await iterator.next()))
    say(await outcome(() => pull[Symbol.asyncIterator]().next()))
  },

  "leaving a loop keeps the socket open": async ({ zmq, say, closing, listen }) => {
    const [push, pull] = [closing(new zmq.Push({ linger: 0 })), closing(new zmq.Pull())]
    push.connect(await listen(pull, "tcp"))
    for (const text of "abc") await push.send(text)
    for await (const [message] of pull) {
      say(message)
      break
    }
    say(pull.closed)
    for await (const [message] of pull) {
      say(message)
      if (message.toString() === "c") pull.close()
    }
    say(pull.closed)
  },

  "errors of a loop": async ({ zmq, say, problem, closing, turn }) => {
    const loop = async (socket) => {
      try {
        for await (const message of socket) say(message)
        return "ended"
      } catch (error) {
        return problem(error)
      }
    }
    say(await loop(closing(new zmq.Dealer({ receiveTimeout: 1 }))))
    say(await loop(closing(new zmq.Dealer({ receiveTimeout: 0 }))))
    const request = closing(new zmq.Request())
    const ended = loop(request)
    await turn()
    request.close()
    say(await ended)
    const dealer = closing(new zmq.Dealer())
    const quiet = loop(dealer)
    await turn()
    dealer.close()
    say(await quiet)
    say(await loop(dealer))
  },

  "two loops at once": async ({ zmq, differs, closing }) => {
    const dealer = closing(new zmq.Dealer())
    const [one, other] = [dealer[Symbol.asyncIterator](), dealer[Symbol.asyncIterator]()]
    const waiting = one.next()
    const second = other.next().then(
      () => "served in turn",
      (error) => error.code,
    )
    dealer.close()
    await waiting
    differs("two loops at once", await second)
  },

  "while the socket binds": async ({ zmq, differs, outcome, closing, address }) => {
    const [dealer, peer] = [closing(new zmq.Dealer()), closing(new zmq.Dealer())]
    const endpoint = address("inproc")
    await dealer.bind(endpoint)
    peer.connect(endpoint)
    await peer.send("x")
    const bound = dealer.bind(address("tcp"))
    const { rejects, resolves } = await outcome(() => dealer[Symbol.asyncIterator]().next())
    differs("an iterator while the socket binds", rejects?.code ?? String(resolves.value))
    await bound
  },
}
