"""The clause catalogues: every clause of the guidelines, and the policies that speak of it.

The documents in policies/guidelines/ say what each clause asks; which policies back it is read from the policies themselves (`clauses:`),
so that the two can never disagree.
"""

from __future__ import annotations

import os

from cloudpolicy import yamlfile
from cloudpolicy.model import Diagnostic
from cloudpolicy.policy import pack as packs
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cloudpolicy.guidelines import schema
    from cloudpolicy.policy.pack import Pack
    from cloudpolicy.policy.schema import Bilingual

# The setting types of the Osaka City table, No. 1-7, by which checklists are grouped; 0 for what is no setting at all.
SETTING_TYPES: dict[int, Text] = {
    1: Text("Identity and access management (IAM)", "ID とアクセス管理(IAM)"),
    2: Text("Logging and monitoring", "ロギングとモニタリング"),
    3: Text("Object storage", "オブジェクトストレージ"),
    4: Text("Infrastructure: virtual machines and networks", "インフラ管理(仮想マシン・ネットワーク)"),
    5: Text("Central management of security", "セキュリティ等の集中管理"),
    6: Text(
        "Other services: keys, applications, databases, containers",
        "その他のサービス・機能(鍵管理・アプリケーション・データベース・コンテナ)",
    ),
    7: Text("Other settings: regions, backups, assets, costs", "その他の設定項目(リージョン・バックアップ・資産・費用)"),
    0: Text("Not a setting: organisation, contracts, facilities, operation", "設定以外(体制・契約・設備・運用)"),
}
VERIFICATIONS = ("automated", "attested", "csp-evidence")


class Document:
    """One edition of a guideline; `id` ("osaka-2024") is the prefix of its clauses' ids."""

    __slots__ = ("about", "date", "id", "path", "publisher", "title")

    def __init__(self, id: str, title: Text, publisher: Text, date: str, about: Text, path: str) -> None:
        self.id = id
        self.title = title
        self.publisher = publisher
        self.date = date
        self.about = about
        self.path = path


class Clause:
    """One clause of a guideline, in our words.

    id                 "osaka-2024:table.1": document, edition and number
    document           id of its Document; `number` is the rest of the id
    section            heading it stands under
    title              what it asks, paraphrased
    setting_type       1-7 of SETTING_TYPES, 0 when it concerns no setting; `setting` is the table's finest number ("6.3"), "" for 0
    responsibility     "csp", "customer" or "shared"
    verification       "automated" (policies judge part of it), "attested" (a person states it), "csp-evidence" (the provider proves it)
    coverage           "partial" when policies back it, else "none": a template never proves a clause whole
    residual           what a person still has to state after the policies passed; None for clauses that no policy backs
    control            "preventive", "detective" or None
    exceptions         exceptions that the text itself grants, or None
    note               what a reader should know of it, or None
    provider_answer    whom the provider's published answer names: "csp", "customer", "both"; None where there is none
    mapping_uncertain  the source does not show for certain which answer belongs to the clause
    refs               clauses that this one takes over, by id
    policies           ids of the policies that back it, in order
    indirect           those of them that only touch on it: what they find against it counts, what they find as required proves nothing of it
    """

    __slots__ = (
        "control",
        "coverage",
        "document",
        "exceptions",
        "id",
        "indirect",
        "mapping_uncertain",
        "note",
        "number",
        "policies",
        "provider_answer",
        "refs",
        "residual",
        "responsibility",
        "section",
        "setting",
        "setting_type",
        "title",
        "verification",
    )

    def __init__(self, document: str, section: Text, source: schema.Clause, policies: tuple[str, ...]) -> None:
        self.id = f"{document}:{source.number}"
        self.document = document
        self.number = source.number
        self.section = section
        self.title = _text(source)
        self.setting = source.setting or ""
        self.setting_type = int(self.setting[:1] or 0)
        self.responsibility: str = source.responsibility
        self.verification: str = source.verification
        self.policies = policies
        self.coverage = "partial" if policies else "none"
        self.residual = _text(source.residual) if source.residual else None
        self.control: str | None = source.control
        self.exceptions = _text(source.exceptions) if source.exceptions else None
        self.note = _text(source.note) if source.note else None
        self.provider_answer: str | None = source.provider_answer
        self.mapping_uncertain = source.mapping_uncertain
        self.indirect = tuple(id for id in policies if id in source.indirect)
        self.refs = tuple(source.refs)

    def __repr__(self) -> str:
        return f"Clause({self.id})"


class Catalogue:
    """All clauses, in the order of their documents.

    documents    id -> Document
    clauses      id -> Clause
    diagnostics  documents that could not be taken, policies that cite a clause which does not exist
    """

    __slots__ = ("_related", "clauses", "diagnostics", "documents")

    def __init__(self, documents: Iterable[Document], clauses: Iterable[Clause], diagnostics: list[Diagnostic]) -> None:
        self.documents = {document.id: document for document in documents}
        self.clauses = {clause.id: clause for clause in clauses}
        self.diagnostics = diagnostics
        self._related: dict[str, list[str]] | None = None

    def __iter__(self) -> Iterator[Clause]:
        return iter(self.clauses.values())

    def __len__(self) -> int:
        return len(self.clauses)

    def by_setting_type(self) -> dict[int, list[Clause]]:
        """Clauses by setting type, in the table's order with 0 last; every clause exactly once."""
        grouped: dict[int, list[Clause]] = {number: [] for number in SETTING_TYPES}
        for clause in self:
            grouped[clause.setting_type].append(clause)
        return grouped

    def related(self, clause: Clause) -> list[str]:
        """Ids of clauses of other documents that the same policies back, those with most in common first."""
        if self._related is None:
            self._related = {}
            for one in self:
                for policy in one.policies:
                    self._related.setdefault(policy, []).append(one.id)
        shared: dict[str, int] = {}
        for policy in clause.policies:
            for id in self._related[policy]:
                if self.clauses[id].document != clause.document:
                    shared[id] = shared.get(id, 0) + 1
        return sorted(shared, key=lambda id: -shared[id])

    def search(self, query: str = "", documents: Iterable[str] = ()) -> list[Clause]:
        """Clauses of `documents` (all by default) that hold every word of `query` in their id, texts or policies, in any case."""
        wanted = set(documents)
        words = query.casefold().split()
        return [clause for clause in self if (not wanted or clause.document in wanted) and all(word in _haystack(clause) for word in words)]


def _haystack(clause: Clause) -> str:
    texts = [clause.section, clause.title, clause.residual, clause.exceptions, clause.note]
    return " ".join((clause.id, *clause.policies, *(f"{text.ja} {text.en}" for text in texts if text))).casefold()


def _text(words: Bilingual | schema.Clause | schema.Section) -> Text:
    return Text(" ".join(words.en.split()), packs.join_japanese(words.ja))


def load(folder: str | None = None, pack: Pack | None = None) -> Catalogue:
    """The catalogue in `folder` (ours by default), with the policies of `pack` (ours by default) that back each clause."""
    from cloudpolicy.guidelines import schema

    folder = folder or os.path.join(packs.folder(), "guidelines")
    pack = pack or packs.load()
    backing: dict[str, list[str]] = {}
    for id in sorted(pack.policies):
        for clause in pack.policies[id]["clauses"]:
            backing.setdefault(clause, []).append(id)
    documents: list[Document] = []
    clauses: list[Clause] = []
    problems: list[Diagnostic] = []
    for name in sorted(os.listdir(folder)):
        if not name.endswith((".yaml", ".yml")) or name.startswith("."):
            continue
        path = os.path.join(folder, name)
        source, lines, faults = yamlfile.read(path, schema.Guideline)
        if source is not None:
            documents.append(Document(source.id, _text(source.title), _text(source.publisher), source.date, _text(source.about), path))
            taken: set[str] = set()
            for at, section in enumerate(source.sections):
                for index, clause in enumerate(section.clauses):
                    policies = tuple(backing.get(f"{source.id}:{clause.number}", ()))
                    key = ("sections", at, "clauses", index)
                    faults += [((*key, *where), en, ja) for where, en, ja in _faults(clause, policies, taken)]
                    clauses.append(Clause(source.id, _text(section), clause, policies))
        what = Text("clause catalogue", "条項カタログ")
        problems += [yamlfile.diagnostic(path, lines, fault, "invalid-catalogue", what) for fault in faults]
    return Catalogue(documents, clauses, problems)


def _faults(clause: schema.Clause, policies: tuple[str, ...], taken: set[str]) -> list[yamlfile.Fault]:
    """What the types cannot say of one clause."""
    faults: list[yamlfile.Fault] = []
    if clause.number in taken:
        faults.append((("number",), f"{clause.number} stands twice", f"{clause.number} が重複しています"))
    taken.add(clause.number)
    if not clause.ja.strip() or not clause.en.strip():
        faults.append(((), "both `ja` and `en` want text", "`ja` と `en` の両方が必要です"))
    automated = clause.verification == "automated"
    if automated and clause.residual is None:
        faults.append((("residual",), "an automated clause names what is left to a person", "自動検査の条項には residual が必要です"))
    if automated and clause.setting is None:
        faults.append((("setting",), "an automated clause names its setting type", "自動検査の条項には setting が必要です"))
    if policies and not automated:
        faults.append(
            (("verification",), f"{policies[0]} backs it: automated", f"{policies[0]} が対応しています: automated としてください")
        )
    return faults
