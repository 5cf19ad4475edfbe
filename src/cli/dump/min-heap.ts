/** A priority queue of numbers: the smallest can be read, and removed in logarithmic time. */
export class MinHeap {
  readonly #numbers: number[] = []

  get smallest(): number | undefined {
    return this.#numbers[0]
  }

  push(number: number): void {
    const numbers = this.#numbers
    let index = numbers.push(number) - 1
    while (index > 0) {
      const parent = (index - 1) >> 1
      if (numbers[parent]! <= number) break
      numbers[index] = numbers[parent]!
      index = parent
    }
    numbers[index] = number
  }

  pop(): number | undefined {
    const numbers = this.#numbers
    const smallest = numbers[0]
    const last = numbers.pop()
    if (last === undefined || numbers.length === 0) return smallest
    let index = 0
    for (let child = 1; child < numbers.length; child = 2 * index + 1) {
      if (child + 1 < numbers.length && numbers[child + 1]! < numbers[child]!) child++
      if (numbers[child]! >= last) break
      numbers[index] = numbers[child]!
      index = child
    }
    numbers[index] = last
    return smallest
  }
}
