#!/usr/bin/env python3
"""Loads a model that `npm run decompress` restored with Hugging Face transformers and compares its logits with those of the original.

Usage: python3 scripts/compareLogits.py RESTORED ORIGINAL [--text FILE] [--tokens N] [--tolerance X]

RESTORED and ORIGINAL are folders in hub layout (ORIGINAL may also be the name of a model of the hub). Prints the largest difference of a
logit, the mean KL divergence in nats, the share of equal top predictions, and both perplexities. Needs torch and transformers
(pip install torch transformers). With --tolerance the exit code is 1 if a logit differs by more.
"""

import argparse
import sys

TEXT = "Once upon a time, there was a little girl named Lily. She loved to play outside with her dog in the big garden."


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("restored", help="folder that `npm run decompress` wrote")
    parser.add_argument("original", help="folder or hub name of the model it was made from")
    parser.add_argument("--text", help="text file to predict (default: a sentence)")
    parser.add_argument("--tokens", type=int, default=128, help="tokens of it (default: 128)")
    parser.add_argument("--tolerance", type=float, help="largest difference of a logit that passes")
    return parser.parse_args()


def logits_of(name, ids, torch, transformers):
    """Returns the logits of all positions [tokens, vocabulary] in float32."""
    model = transformers.AutoModelForCausalLM.from_pretrained(name, dtype=torch.float32)
    model.eval()
    with torch.no_grad():
        return model(ids).logits[0]


def perplexity(logits, ids, torch):
    losses = torch.nn.functional.cross_entropy(logits[:-1], ids[0, 1:])
    return float(torch.exp(losses))


def main():
    given = arguments()
    try:
        import torch
        import transformers
    except ImportError as missing:
        print(f"{missing.name} is not installed. Run: pip install torch transformers", file=sys.stderr)
        return 2
    text = open(given.text, encoding="utf-8").read() if given.text else TEXT
    tokenizer = transformers.AutoTokenizer.from_pretrained(given.restored)
    ids = tokenizer(text, return_tensors="pt").input_ids[:, : given.tokens]
    restored = logits_of(given.restored, ids, torch, transformers)
    original = logits_of(given.original, ids, torch, transformers)
    difference = float((restored - original).abs().max())
    log_p, log_q = (torch.log_softmax(x.double(), dim=-1) for x in (original, restored))
    kl = float((log_p.exp() * (log_p - log_q)).sum(-1).mean())
    agreement = float((restored.argmax(-1) == original.argmax(-1)).double().mean())
    print(f"transformers {transformers.__version__}, {ids.shape[1]} tokens")
    print(f"largest difference of a logit {difference:.3e}")
    print(f"mean KL divergence {kl:.3e} nats")
    print(f"equal top predictions {100 * agreement:.1f} %")
    print(f"perplexity {perplexity(original, ids, torch):.4f} original, {perplexity(restored, ids, torch):.4f} restored")
    return 1 if given.tolerance is not None and not difference <= given.tolerance else 0


if __name__ == "__main__":
    sys.exit(main())
