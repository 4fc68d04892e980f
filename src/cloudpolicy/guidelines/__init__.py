"""The guidelines themselves: every clause as data, what a scan says of it, and what people attest.

    catalogue.load()     -> Catalogue, Clause           policies/guidelines/*.yaml
    attestations.load()  -> Attestation, Diagnostic     attestations.yaml
    status.statuses()    -> ClauseStatus                clauses × Report × attestations

Never on the scan path: imported by the commands that speak of clauses.
"""
