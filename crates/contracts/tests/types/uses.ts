// How a program elsewhere uses the types: what it may write compiles, and what would lose a digit does not.
import type { Fill, Message } from "../../types/njord";

/** What a fill cost, told apart from every other message by its `type`. */
export function told(message: Message): string {
  if (message.type === "fill") {
    const fill: Fill = message.body;
    return `${fill.side} ${fill.qty} ${fill.symbol} at ${fill.price}`;
  }
  if (message.type === "kill_state") {
    return message.body.level ?? "clear";
  }
  return message.topic;
}

export function wrong(message: Message): void {
  if (message.type !== "fill") return;
  // @ts-expect-error: an amount is no number
  const price: number = message.body.price;
  // @ts-expect-error: a side is a word of the vocabulary
  const side: "long" | "short" = message.body.side;
  // @ts-expect-error: nothing of that name is told
  const meta = message.body.meta;
  void [price, side, meta];
}

export function made(): Message {
  // @ts-expect-error: a message without a source is none
  return { v: 1, topic: "fills.new", type: "fill" };
}
