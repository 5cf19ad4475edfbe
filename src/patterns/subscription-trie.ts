import { concat, EMPTY, ownCopy } from "../zmtp/bytes.js"
import { ByteMap } from "./byte-map.js"

/**
 * Values by topic, found by every prefix of a given text: the cost of a look-up is the length of that text, however
 * many topics there are. A radix tree: its size is that of the topics, each byte at most once, and no recursion,
 * because topics come from peers and may be long.
 */
export class SubscriptionTrie<V> {
  /** Memory goes by the nodes: at most two for each topic, and this one. */
  protected readonly root = new Node<V>(EMPTY)
  readonly #first: V[] = []

  get(topic: Uint8Array): V | undefined {
    let node: Node<V> | undefined = this.root
    for (let position = 0; position < topic.length && node !== undefined;) {
      node = node.childFor(topic, position)
      position += node?.length ?? 0
    }
    return node?.value
  }

  set(topic: Uint8Array, value: V): void {
    let node = this.root
    for (let position = 0; position < topic.length;) {
      const child = node.get(topic[position]!)
      if (child === undefined) {
        const leaf = new Node<V>(topic.subarray(position))
        node.put(leaf)
        node = leaf
        break
      }
      const shared = sharedLength(child.label, topic, position)
      if (shared < child.label.length) {
        // The topic branches off in the middle of the way to this child.
        const fork = new Node<V>(child.label.subarray(0, shared))
        node.put(fork)
        child.relabel(child.label.subarray(shared))
        fork.put(child)
        node = fork
      } else node = child
      position += shared
    }
    node.value = value
  }

  delete(topic: Uint8Array): void {
    let parent = this.root
    let grandparent = this.root
    let node: Node<V> | undefined = this.root
    for (let position = 0; position < topic.length; position += node.length) {
      grandparent = parent
      parent = node
      node = node.childFor(topic, position)
      if (node === undefined) return
    }
    if (node.value === undefined) return
    node.value = undefined
    if (node === this.root) return
    if (node.size > 0) this.#join(parent, node)
    else {
      parent.delete(node.label[0]!)
      if (parent !== this.root) this.#join(grandparent, parent)
    }
  }

  /** Whether any topic is a prefix of `text`. */
  matches(text: Uint8Array): boolean {
    return this.collect(text, this.#first, 1) > 0
  }

  /**
   * Puts into `found`, from its beginning, the values of all topics that are a prefix of `text`, shortest first, or the
   * first `most` of them; returns how many. Every message goes through here, so that it does what `childFor` does in place.
   */
  collect(text: Uint8Array, found: V[], most?: number): number {
    const { length } = text
    let count = 0
    let position = 0
    let node: Node<V> | undefined = this.root
    for (;;) {
      if (node.value !== undefined) {
        found[count++] = node.value
        if (count === most) return count
      }
      if (position === length) return count
      node = node.get(text[position++]!)
      if (node === undefined) return count
      if (node.length === 1) continue
      const { label } = node
      if (label.length - 1 > length - position) return count
      for (let index = 1; index < label.length;) if (label[index++] !== text[position++]) return count
    }
  }

  /** Every topic, in the order of their bytes. */
  *topics(): IterableIterator<Uint8Array> {
    const stack: [node: Node<V>, topic: Uint8Array][] = [[this.root, EMPTY]]
    for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
      const [node, before] = top
      const topic = concat([before, node.label], before.length + node.label.length)
      if (node.value !== undefined) yield topic
      for (const child of node.values().reverse()) stack.push([child, topic])
    }
  }

  /** Takes out a node that has no value and only one child: its label goes to that. */
  #join(parent: Node<V>, node: Node<V>): void {
    if (node.value !== undefined || node.size !== 1) return
    const child = node.values()[0]!
    child.relabel(ownCopy(concat([node.label, child.label], node.length + child.length)))
    parent.put(child)
  }
}

/** What lies below is found by the first byte of its label. */
class Node<V> extends ByteMap<Node<V>> {
  value: V | undefined = undefined
  /** Bytes from the parent to here. */
  label = EMPTY
  /** Of the label. Most have one byte, by which they were found: these are not looked at. */
  length = 0

  /** @param label Is copied; none for the root alone. */
  constructor(label: Uint8Array) {
    super()
    this.relabel(ownCopy(label))
  }

  relabel(label: Uint8Array): void {
    this.label = label
    this.length = label.length
  }

  /** The child whose whole label is in `text` at `position`. */
  childFor(text: Uint8Array, position: number): Node<V> | undefined {
    const child = this.get(text[position]!)
    if (child === undefined) return undefined
    return sharedLength(child.label, text, position) < child.length ? undefined : child
  }

  /** Adds `child`, or replaces the one whose label begins alike. */
  put(child: Node<V>): void {
    this.set(child.label[0]!, child)
  }
}

/** How many bytes of `label` are in `text` at `position`. */
function sharedLength(label: Uint8Array, text: Uint8Array, position: number): number {
  const length = Math.min(label.length, text.length - position)
  let shared = 0
  while (shared < length && label[shared] === text[position + shared]) shared++
  return shared
}
