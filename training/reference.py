"""The original model, run in PyTorch with its own tokenizer: what an export is held against."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from nlp_service.contracts import Vectors
from nlp_service.errors import ArtifactError
from training.checkpoint import Checkpoint
from training.vocabulary import SPECIAL

TEXTS = (
    "你好，在吗",
    "我上周买的扫地机器人到现在还没发货，能帮我催一下吗？",
    "衣服收到了，颜色和图片差太多，我要退货。",
    "请问满300减40的券和会员折扣可以一起用吗",
    "发票抬头开错了，麻烦重新开一张电子发票。",
    "客服态度特别好，问题十分钟就解决了，给个好评！",
    "這件外套有其他顏色嗎？想送朋友當生日禮物。",
    "包裹顯示已送達，可是我根本沒收到。",
    "我要申請換貨，尺寸太小了，運費由誰負擔？",
    "嗯那个就是我那个订单吧一直显示待发货就是不动",
    "订单号 20260318-7745，金额 1,299.50 元，请查一下",
    "How long does delivery to Hong Kong take?",
    "My kettle arrived broken and nobody answers my e-mails.",
    "Please cancel my order and refund the money to my card.",
    "Thanks a lot, that was really helpful!",
    "我的 iPhone 15 Pro Max 壳子什么时候补货",
    "太棒了👍👍",
    "这也叫五星服务？？？",
)


def bert(checkpoint: Checkpoint, dropout: float = 0.0) -> Any:
    """The checkpoint as a transformers `BertModel` in evaluation mode, float32.

    Raises:
        ArtifactError: if the checkpoint lacks tensors.
    """
    import torch
    from transformers import BertConfig, BertModel

    config = BertConfig(
        vocab_size=len(checkpoint.tensors["embeddings.word_embeddings.weight"]),
        hidden_size=checkpoint.hidden,
        num_hidden_layers=checkpoint.layers,
        num_attention_heads=checkpoint.heads,
        intermediate_size=checkpoint.feed_forward,
        max_position_embeddings=checkpoint.positions,
        layer_norm_eps=checkpoint.epsilon,
        hidden_dropout_prob=dropout,
        attention_probs_dropout_prob=dropout,
        pad_token_id=SPECIAL.index("<pad>"),
    )
    model = BertModel(config, add_pooling_layer=False).eval()
    state = {name: torch.tensor(tensor) for name, tensor in checkpoint.tensors.items() if "pooler" not in name}
    missing = model.load_state_dict(state, strict=False).missing_keys
    if missing:
        raise ArtifactError(f"the checkpoint lacks {', '.join(missing)}")
    return model


def encode(checkpoint: Checkpoint, texts: Sequence[str]) -> Vectors:
    """Mean-pooled, L2-normalised vectors of a checkpoint, one text at a time in float32.

    Returns:
        Shape (texts, hidden).
    """
    import torch
    from tokenizers import Tokenizer

    model = bert(checkpoint)
    tokenizer = Tokenizer.from_str(checkpoint.tokenizer)
    vectors = []
    with torch.inference_mode():
        for text in texts:
            hidden = model(torch.tensor([tokenizer.encode(text).ids])).last_hidden_state[0]
            vectors.append(torch.nn.functional.normalize(hidden.mean(dim=0), dim=0).numpy())
    return np.stack(vectors)
