"""The words for what the catalogue and the attestations say in codes, in both languages."""

from __future__ import annotations

from cloudpolicy.texts import Text

# who answers for a clause
RESPONSIBLE = {"customer": Text("customer", "利用者側"), "csp": Text("provider", "事業者"), "shared": Text("both", "双方")}
# how a clause is verified; no policy ever proves one whole
VERIFIED = {
    "automated": Text("policies, in part", "自動検査(一部)"),
    "attested": Text("attestation", "担当者の証明"),
    "csp-evidence": Text("provider's evidence", "事業者の証跡"),
}
CONTROLS = {"preventive": Text("preventive", "予防的"), "detective": Text("detective", "発見的")}
# what is stated of a clause
ATTESTED = {
    "attestation": Text("attestation", "証明"),
    "provider-evidence": Text("provider's evidence", "事業者の証跡"),
    "not-applicable": Text("not applicable", "対象外"),
}
