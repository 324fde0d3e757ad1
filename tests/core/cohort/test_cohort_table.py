from braintumornet.core.cohort.cohort_table import read_table


def test_every_fault_of_every_line_is_kept(tmp_path):
    (tmp_path / "c.csv").write_text("case_id,t1c,split,coding\na,a.mha,training,x\n,b.nii.gz,,\n")
    first, second = read_table(tmp_path / "c.csv").lines
    assert [fault.split()[0] for fault in first.faults] == ["t1c", "split", "label"]
    assert second.faults == ("has no case_id; give every line one of its own",)
    assert second.files == {"t1c": tmp_path / "b.nii.gz"}


def test_lines_are_numbered_as_an_editor_counts(tmp_path):
    (tmp_path / "c.csv").write_text('case_id,note\na,"two\nlines"\n\nb,\n')
    assert [(line.id, line.number) for line in read_table(tmp_path / "c.csv").lines] == [("a", 3), ("b", 5)]


def test_faulty_columns_are_said_and_left_out(tmp_path):
    (tmp_path / "c.csv").write_text("case_id,t1,t1n,tic\na,a.nii.gz,b.nii.gz,c.nii.gz\n")
    table = read_table(tmp_path / "c.csv")
    assert len(table.faults) == 2
    assert table.lines[0].files == {"t1n": tmp_path / "a.nii.gz"}


def test_a_folder_stands_for_its_table(tmp_path):
    (tmp_path / "cohort.csv").write_text("case_id\na\n")
    assert read_table(tmp_path).lines[0].id == "a"
