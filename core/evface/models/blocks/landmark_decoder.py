"""Landmarks that ask one another, and the pictures, where they are."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class LandmarkDecoder(nn.Module):
    """Pre-LN layers over one token a landmark; all layers' results are kept, for supervision.

    With `is_fused` each layer first asks the other modality (cross-modal fusion attention)::

        T <- T + g * Drop(MHA(q=LN(T) + Q, k=X_r + P_r, v=X_r))
        T <- T + Drop(MHA(q=k=LN(T) + Q, v=LN(T)))
        T <- T + Drop(MHA(q=LN(T) + Q, k=X_e + P_e, v=X_e))
        T <- T + Drop(W_2 Drop(ReLU(W_1 LN(T))))

    where ``Q`` are learned queries, ``X`` patch tokens and ``P`` learned encodings of structure.
    ``T`` is 0 at first. With `begins_with_patches` it is what a landmark's own patches show
    instead: attention then need not learn first which of them is whose.

    References
    ----------
    arXiv 2509.24968, the decoder; Xia et al., "Sparse Local Patch Transformer", CVPR 2022, for the
    layers without fusion.
    """

    def __init__(
        self,
        n_landmarks: int,
        n_token: int,
        *,
        n_layers: int,
        n_heads: int,
        n_feedforward: int,
        dropout: float,
        is_fused: bool,
        begins_with_patches: bool = False,
    ) -> None:
        super().__init__()
        self._begins_with_patches = begins_with_patches
        self.from_fused = (
            nn.Linear(n_token, n_token, bias=False) if begins_with_patches and is_fused else None
        )
        self.queries = nn.Parameter(torch.randn(1, n_landmarks, n_token) * 0.02)
        self.structure = nn.Parameter(torch.randn(1, n_landmarks, n_token) * 0.02)
        self.layers = nn.ModuleList(
            _Layer(n_token, n_heads, n_feedforward, dropout, is_fused=is_fused)
            for _ in range(n_layers)
        )
        self.norm = nn.LayerNorm(n_token)
        self.to_offset = nn.Linear(n_token, 2)
        # A landmark begins in the middle of its box.
        nn.init.constant_(self.to_offset.bias, 0.5)
        nn.init.normal_(self.to_offset.weight, std=1e-3)

    def forward(
        self,
        tokens: Tensor,
        fused: Tensor | None = None,
        fused_structure: Tensor | None = None,
        gate: Tensor | None = None,
    ) -> Tensor:
        """Return offsets within the boxes, (n_layers, b, n, 2).

        Parameters
        ----------
        tokens, fused : (b, n, n_token)
            Of the patches of this modality and of the other.
        fused_structure : (1, n, n_token)
            The other modality's encoding of structure.
        gate : (b, 1, 1)
            How much the other modality counts; fully if None.
        """
        state = self._beginning(tokens, fused, gate)
        results = []
        for layer in self.layers:
            state = layer(state, self.queries, tokens, self.structure, fused, fused_structure, gate)
            results.append(self.to_offset(self.norm(state)))
        return torch.stack(results)

    def _beginning(self, tokens: Tensor, fused: Tensor | None, gate: Tensor | None) -> Tensor:
        if not self._begins_with_patches:
            return torch.zeros_like(tokens)
        if self.from_fused is None or fused is None:
            return tokens
        seen: Tensor = self.from_fused(fused)
        return tokens + (seen if gate is None else gate * seen)


class _Layer(nn.Module):
    def __init__(
        self, n_token: int, n_heads: int, n_feedforward: int, dropout: float, *, is_fused: bool
    ) -> None:
        super().__init__()

        def attention() -> nn.MultiheadAttention:
            return nn.MultiheadAttention(n_token, n_heads, dropout=dropout, batch_first=True)

        self.fusion = attention() if is_fused else None
        self.fusion_norm = nn.LayerNorm(n_token) if is_fused else None
        self.between = attention()
        self.between_norm = nn.LayerNorm(n_token)
        self.look = attention()
        self.look_norm = nn.LayerNorm(n_token)
        self.feedforward = nn.Sequential(
            nn.LayerNorm(n_token),
            nn.Linear(n_token, n_feedforward),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(n_feedforward, n_token),
        )
        self.dropout = nn.Dropout(dropout)

    def forward(
        self,
        state: Tensor,
        queries: Tensor,
        tokens: Tensor,
        structure: Tensor,
        fused: Tensor | None,
        fused_structure: Tensor | None,
        gate: Tensor | None,
    ) -> Tensor:
        if self.fusion is not None and self.fusion_norm is not None and fused is not None:
            keys = fused if fused_structure is None else fused + fused_structure
            asked, _ = self.fusion(
                self.fusion_norm(state) + queries, keys, fused, need_weights=False
            )
            asked = self.dropout(asked)
            state = state + (asked if gate is None else gate * asked)
        normed = self.between_norm(state)
        asked, _ = self.between(normed + queries, normed + queries, normed, need_weights=False)
        state = state + self.dropout(asked)
        asked, _ = self.look(
            self.look_norm(state) + queries, tokens + structure, tokens, need_weights=False
        )
        state = state + self.dropout(asked)
        result: Tensor = state + self.dropout(self.feedforward(state))
        return result
