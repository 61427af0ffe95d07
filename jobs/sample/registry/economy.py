"""Drafts of cooperatives, linkages, chains, areas, sites and technologies."""

from __future__ import annotations

from collections.abc import Iterator

from jobs.sample.registry import rows
from jobs.sample.registry.filing import Draft
from jobs.sample.registry.scene import Chances, Member, Scene, near

SUPPLY_CHAINS_OF_A_CAPITAL = 150
SUPPLY_CHAINS_ELSEWHERE = 12


def cooperatives(scene: Scene) -> Iterator[Draft[rows.Cooperative]]:
    """One to three in most rural communes and in some others; some dissolved, many in a linkage, some no longer."""
    chances = scene.chances("cooperatives")
    serial = 0
    for member in scene.of_level("commune"):
        if not chances.happens((0.8 if member.about.rural else 0.3) * member.weight):
            continue
        for _ in range(chances.weighted(((1, 0.6), (2, 0.3), (3, 0.1)))):
            serial += 1
            begin = scene.begin(chances, member)
            linked = scene.begin(chances, member) if chances.happens(0.75) else None
            product = scene.word(chances, "key_products")
            row = rows.Cooperative(
                cooperative_id=scene.identifier("HTX", serial, 5),
                name=scene.named(f"Hợp tác xã {product}", member),
                commune_code=member.unit.code,
                registered_on=begin,
                dissolved_on=scene.end(chances, begin, 0.08),
                key_product=product,
                linkage_from=max(linked, begin) if linked else None,
                linkage_to=scene.end(chances, max(linked, begin), 0.1) if linked else None,
            )
            yield Draft(row, member, scene.written(chances, member, begin))


def linkage_models(scene: Scene) -> Iterator[Draft[rows.LinkageModel]]:
    """One to three models of most districts, and one of some communes; half of them in a raw-material zone."""
    chances = scene.chances("linkage_models")
    serial = 0
    for member in (*scene.rural_districts, *scene.rural_communes):
        level = member.about.level
        if not chances.happens((0.9 if level == "district" else 0.18) * member.weight):
            continue
        for _ in range(chances.between(1, 3) if level == "district" else 1):
            serial += 1
            begin = scene.begin(chances, member)
            in_zone = chances.weighted(((True, 0.55), (False, 0.4), (None, 0.05)))
            digital = scene.begin(chances, member) if chances.happens(0.6 if in_zone else 0.1) else None
            product = scene.word(chances, "key_products")
            row = rows.LinkageModel(
                model_id=scene.identifier("LK", serial, 5),
                name=scene.named(f"Liên kết tiêu thụ {product}", member),
                unit_code=member.unit.code,
                level=level,
                key_product=product,
                in_raw_material_zone=in_zone,
                digital_since=digital,
                started_on=begin,
                ended_on=scene.end(chances, begin, 0.12),
            )
            yield Draft(row, member, scene.written(chances, member, begin))


def supply_chains(scene: Scene) -> Iterator[Draft[rows.SupplyChain]]:
    """Many in Hà Nội, a handful elsewhere; chains and products, most on the traceability system, some that left it."""
    chances = scene.chances("supply_chains")
    number = SUPPLY_CHAINS_OF_A_CAPITAL if scene.plan.province == "01" else SUPPLY_CHAINS_ELSEWHERE
    for serial in range(1, number + 1):
        member = _somewhere(scene, chances)
        begin = scene.begin(chances, member) if chances.happens(0.88) else None
        row = rows.SupplyChain(
            chain_id=scene.identifier("CH", serial, 5),
            name=scene.named(f"Chuỗi {scene.word(chances, 'chain_products')}", member),
            kind=chances.weighted((("chain", 0.55), ("product", 0.45))),
            commune_code=member.unit.code,
            on_traceability_system_since=begin,
            left_on=scene.end(chances, begin, 0.1),
        )
        yield Draft(row, member, scene.written(chances, member, begin))


def _somewhere(scene: Scene, chances: Chances) -> Member:
    """A rural commune; one that was there when the sample began before others."""
    while True:
        member = chances.pick(scene.rural_communes)
        if chances.happens(member.weight):
            return member


def growing_areas(scene: Scene) -> Iterator[Draft[rows.GrowingArea]]:
    """Areas with a code in a third of the rural communes."""
    chances = scene.chances("growing_areas")
    region = scene.vocabulary.growing_areas[scene.plan.province]
    for serial, member in enumerate(scene.some_of(scene.rural_communes, chances, 0.35), 1):
        day = chances.day(scene.earliest(member), scene.latest(member))
        latitude, longitude = near(chances, member)
        row = rows.GrowingArea(
            growing_area_code=f"VN-{region}OR-{serial:04d}",
            commune_code=member.unit.code,
            crop=scene.word(chances, "crops"),
            area_ha=_hectares(chances),
            issued_on=day,
            status=chances.weighted((("in_use", 0.8), ("paused", 0.12), ("cancelled", 0.08))),
            latitude=latitude,
            longitude=longitude,
        )
        yield Draft(row, member, scene.written(chances, member, day))


def raw_material_areas(scene: Scene) -> Iterator[Draft[rows.RawMaterialArea]]:
    """Areas of raw material in a fifth of the rural communes."""
    chances = scene.chances("raw_material_areas")
    for serial, member in enumerate(scene.some_of(scene.rural_communes, chances, 0.2), 1):
        day = chances.day(scene.earliest(member), scene.latest(member))
        code = scene.identifier("VNL", serial, 4)
        row = rows.RawMaterialArea(code, member.unit.code, scene.word(chances, "key_products"), _hectares(chances), day)
        yield Draft(row, member, scene.written(chances, member, day))


def tourism_sites(scene: Scene) -> Iterator[Draft[rows.TourismSite]]:
    """Sites of rural tourism in some communes."""
    chances = scene.chances("tourism_sites")
    for serial, member in enumerate(scene.some_of(scene.rural_communes, chances, 0.12), 1):
        day = chances.day(scene.earliest(member), scene.latest(member))
        kind = scene.word(chances, "tourism_kinds")
        row = rows.TourismSite(
            scene.identifier("DL", serial, 4),
            scene.named(kind, member),
            member.unit.code,
            kind,
            None,
            day,
            *near(chances, member),
        )
        yield Draft(row, member, scene.written(chances, member, day))


def technologies(scene: Scene) -> Iterator[Draft[rows.Technology]]:
    """Technologies applied in some communes."""
    chances = scene.chances("technologies")
    for serial, member in enumerate(scene.some_of(scene.rural_communes, chances, 0.15), 1):
        day = chances.day(scene.earliest(member), scene.latest(member))
        name = scene.word(chances, "technologies")
        row = rows.Technology(
            technology_id=scene.identifier("CN", serial, 4),
            name=scene.named(name, member),
            field=scene.word(chances, "technology_fields"),
            provider=scene.vocabulary.marked("Đơn vị cung cấp"),
            commune_code=member.unit.code,
            applied_on=day,
        )
        yield Draft(row, member, scene.written(chances, member, day))


def _hectares(chances: Chances) -> float:
    return chances.between(10, 9000) / 100
