"""The handover pack: what a system integrator hands over, and how the receiver proves it.

    pack.build()      scan, clauses and statements -> Dossier -> files -> manifest
    folder.write()    the files as one folder, whole or not at all
    verify.verify()   a folder against its manifest, the delivered sources and a scan of its own
    diff.compare()    two packs or JSON reports

What a pack says is worked out once, in the Dossier; how it looks is in cloudpolicy.reports.handover. Never on the scan path.
"""
